//! What repeated measurements come to.

use std::cmp::Ordering;

/// The first quartile, the median and the third quartile.
///
/// # Panics
/// Without any figure.
#[must_use]
pub fn quartiles(figures: impl IntoIterator<Item = f64>) -> [f64; 3] {
    let mut figures: Vec<_> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    [1, 2, 3].map(|which| figures[(figures.len() - 1) * which / 4])
}

/// The one in the middle.
///
/// # Panics
/// Without any figure.
#[must_use]
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    quartiles(figures)[1]
}

/// The direction in which quartiles have moved; equal where old and new overlap, which chance explains.
#[must_use]
pub fn moved(old: [f64; 3], new: [f64; 3]) -> Ordering {
    let ([old_first, _, old_third], [new_first, _, new_third]) = (old, new);
    if new_first > old_third {
        Ordering::Greater
    } else if new_third < old_first {
        Ordering::Less
    } else {
        Ordering::Equal
    }
}

#[test]
fn quartiles_are_figures_that_were_measured_whatever_their_order() {
    assert_eq!(format!("{:?}", quartiles([5.0, 1.0, 4.0, 2.0, 3.0])), "[2.0, 3.0, 4.0]");
    assert_eq!(format!("{:?}", quartiles([7.0])), "[7.0, 7.0, 7.0]");
    assert!((median([2.0, 1.0]) - 1.0).abs() < f64::EPSILON, "the lesser of two");
}

#[test]
fn figures_have_moved_where_their_quartiles_do_not_overlap() {
    let old = [1.0, 2.0, 3.0];
    assert_eq!(moved(old, [3.5, 4.0, 5.0]), Ordering::Greater);
    assert_eq!(moved(old, [0.1, 0.2, 0.9]), Ordering::Less);
    assert_eq!(moved(old, [2.5, 4.0, 5.0]), Ordering::Equal);
}
