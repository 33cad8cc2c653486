//! How much memory reading something may take: so much for anything, and so much for each byte of it.

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes that reading may take at once, whatever is read.
pub const ROOM: usize = 1024 * 1024;
/// Bytes that it may take at once for each byte that is read.
pub const EACH: usize = 200;

/// Reads `input`, and panics where that takes too much. What is set up at the first time and stays is not the input's.
pub(crate) fn within_bounds(name: &str, input: &[u8], read: fn(&[u8])) {
    let most = ROOM + EACH * input.len();
    if taken(input, read) > most {
        let took = taken(input, read);
        assert!(took <= most, "{name}: {took} bytes of memory for {} bytes of input", input.len());
    }
}

/// The most that reading takes at once, in bytes.
pub fn taken(input: &[u8], read: fn(&[u8])) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    read(input);
    MEMORY.peak_usage().saturating_sub(before)
}
