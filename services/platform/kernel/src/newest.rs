//! What is known of a customer in several places, each item as it was learnt last.

use crate::{DataSet, Item};

/// Each item as it was learnt last, with its source and its time; of two that were learnt at the same moment, the one named first.
#[must_use]
pub fn newest(sets: impl IntoIterator<Item = DataSet>) -> DataSet {
    let mut all = DataSet::new();
    for (key, item) in sets.into_iter().flatten() {
        if is_news(&all, &key, &item) {
            all.insert(key, item);
        }
    }
    all
}

/// What of `told` was learnt after what `known` has of it.
#[must_use]
pub fn news(known: &DataSet, told: &DataSet) -> DataSet {
    let newer = told.iter().filter(|(key, item)| is_news(known, key, item));
    newer.map(|(key, item)| (key.clone(), item.clone())).collect()
}

fn is_news(known: &DataSet, key: &str, item: &Item) -> bool {
    known.get(key).is_none_or(|known| known.learnt < item.learnt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Moment;

    fn set(items: &[(&str, i64)]) -> DataSet {
        let item = |seconds: i64| Item {
            value: seconds.into(),
            source: format!("source {seconds}"),
            learnt: Moment::new(seconds, 0).expect("a moment"),
        };
        items.iter().map(|(key, seconds)| ((*key).to_owned(), item(*seconds))).collect()
    }

    #[test]
    fn each_item_is_the_one_that_was_learnt_last_with_its_source_and_time() {
        let (early, late) = (set(&[("plan", 10), ("language", 30)]), set(&[("plan", 20), ("language", 25)]));
        let wanted = set(&[("plan", 20), ("language", 30)]);
        assert_eq!(newest([early.clone(), late.clone()]), wanted);
        assert_eq!(newest([late.clone(), early.clone()]), wanted);
        assert_eq!(news(&early, &late), set(&[("plan", 20)]));
        assert_eq!(news(&late, &late), DataSet::new());
    }
}
