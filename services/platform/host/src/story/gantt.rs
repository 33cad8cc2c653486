//! A story as a Gantt chart of a hundred columns: what a trace viewer shows, for a terminal.

use std::fmt::Write;

use jiff::SignedDuration;
use kernel::Time;

use super::{
    id,
    tale::{Overdue, Tale, Targets, Visit},
};

/// Columns of the labels, and of the bars; a time takes 19, a length 7, and there is a blank between.
const LABEL: usize = 24;
const BAR: usize = 47;

/// The chart of the first tale, and below it those of what belongs to it.
pub(super) fn draw(tales: &[(Tale, Targets)], now: Time, colour: bool) -> String {
    let all = || tales.iter().map(|(tale, _)| tale);
    let ends = all().map(|tale| end(tale, now));
    let (from, to) = (all().map(|tale| tale.created().time).min(), ends.max());
    let scale = Scale { from: from.unwrap_or(now), to: to.unwrap_or(now) };
    let mut chart = Chart { text: String::new(), scale, now, colour };
    for (tale, targets) in tales {
        chart.tale(tale, targets);
    }
    chart.text
}

/// Where there is nothing more to see of a tale: now, or where it came to rest.
fn end(tale: &Tale, now: Time) -> Time {
    let last = tale.turns.last().unwrap_or_else(|| tale.created());
    let rested = tale.visits().last().map_or(last.time, |visit| visit.turns[0].time);
    if last.rests { rested } else { now.max(last.time) }
}

struct Chart {
    text: String,
    scale: Scale,
    now: Time,
    colour: bool,
}

impl Chart {
    fn tale(&mut self, tale: &Tale, targets: &Targets) {
        self.head(tale);
        let (late, mut cycle) = (tale.overdue(targets, self.now), 0);
        for visit in tale.visits() {
            if visit.cycle > cycle {
                cycle = visit.cycle;
                self.line(&format!("  taken up again, cycle {cycle}"), "");
            }
            self.visit(&visit);
            for late in late.iter().filter(|late| visit.turns.contains(late.turn)) {
                self.late(late);
            }
        }
    }

    fn head(&mut self, tale: &Tale) {
        let trace = id::trace(tale.parent.as_deref().unwrap_or(&tale.name));
        self.line(&tale.name, "1");
        if tale.parent.is_none() {
            self.line(&format!("  trace {trace}"), "");
        }
        if let Some(origin) = &tale.origin {
            self.line(&format!("  from {origin}, trace {}", id::trace(origin)), "");
        }
    }

    fn visit(&mut self, visit: &Visit<'_>) {
        let entered = visit.turns[0].time;
        let (length, bar) = match visit.left {
            Some(left) => {
                (length(left.time.duration_since(entered)), self.scale.bar(entered, left.time, '█'))
            }
            None if visit.turns[0].rests => (String::new(), self.scale.bar(entered, entered, '◆')),
            None => ("open".to_owned(), self.scale.bar(entered, self.now, '░')),
        };
        self.row(&format!("  {}", visit.stage), entered, &length, &bar, "");
    }

    fn late(&mut self, late: &Overdue<'_>) {
        let label = format!("    ! {}", late.what.action);
        let mark = self.scale.mark(late.time, late.what.role.as_str());
        self.row(&label, late.time, "overdue", &mark, "31");
    }

    fn row(&mut self, label: &str, time: Time, length: &str, bar: &str, colour: &str) {
        let label: String = label.chars().take(LABEL).collect();
        let time = time.strftime("%Y-%m-%d %H:%M:%S");
        self.line(&format!("{label:<LABEL$} {time} {length:>7} {bar}"), colour);
    }

    fn line(&mut self, text: &str, colour: &str) {
        let _ = match colour {
            "" => writeln!(self.text, "{}", text.trim_end()),
            _ if !self.colour => writeln!(self.text, "{}", text.trim_end()),
            colour => writeln!(self.text, "\x1b[{colour}m{}\x1b[0m", text.trim_end()),
        };
    }
}

/// The time that the chart covers.
struct Scale {
    from: Time,
    to: Time,
}

impl Scale {
    /// A bar from one moment to another, one column at least.
    fn bar(&self, from: Time, to: Time, sign: char) -> String {
        let (first, last) = (self.column(from), self.column(to));
        let length = last.saturating_sub(first).max(1);
        " ".repeat(first) + &sign.to_string().repeat(length)
    }

    /// A mark at a moment, with a word behind it, or before it where there is no room.
    fn mark(&self, time: Time, word: &str) -> String {
        let column = self.column(time);
        match column.checked_sub(word.len() + 1) {
            Some(before) if column + word.len() + 2 > BAR => format!("{}{word} !", " ".repeat(before)),
            _ => format!("{}! {word}", " ".repeat(column)),
        }
    }

    fn column(&self, time: Time) -> usize {
        let whole = self.to.duration_since(self.from).as_micros().max(1);
        let part = time.duration_since(self.from).as_micros().clamp(0, whole);
        let last = BAR - 1;
        usize::try_from(part * last as i128 / whole).unwrap_or(last)
    }
}

/// A length in its two largest units.
fn length(time: SignedDuration) -> String {
    let (seconds, millis) = (time.as_secs(), time.subsec_millis());
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes, seconds) {
        (1.., ..) => format!("{days}d {}h", hours % 24),
        (_, 1.., ..) => format!("{hours}h {}m", minutes % 60),
        (_, _, 1.., _) => format!("{minutes}m {}s", seconds % 60),
        (_, _, _, 1..) => format!("{seconds}.{}s", millis / 100),
        _ => format!("{millis}ms"),
    }
}
