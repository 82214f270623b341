//! Pages of long lists.

use super::action::Action;
use super::answer::Answer;

/// One page of a list.
#[derive(Debug)]
pub struct Page<'a, T> {
    pub rows: &'a [T],
    /// From 0.
    pub number: u32,
    pub count: u32,
}

impl<'a, T> Page<'a, T> {
    /// Page `number` of `all` in pages of `size`; the last one when there are fewer.
    pub fn of(all: &'a [T], number: u32, size: usize) -> Self {
        let size = size.max(1);
        let count = u32::try_from(all.len().div_ceil(size)).unwrap_or(u32::MAX).max(1);
        let number = number.min(count - 1);
        let from = usize::try_from(number).unwrap_or(usize::MAX).saturating_mul(size).min(all.len());
        Self { rows: &all[from..all.len().min(from + size)], number, count }
    }

    /// ` (2/5)`, or nothing when there is one page.
    pub fn mark(&self) -> String {
        if self.count > 1 { format!(" ({}/{})", self.number + 1, self.count) } else { String::new() }
    }

    /// The shortcuts to the pages around this one.
    pub fn turn(&self, answer: Answer, to: impl Fn(u32) -> Action) -> Answer {
        let more = (self.number + 1 < self.count).then(|| to(self.number + 1));
        let back = self.number.checked_sub(1).map(to);
        answer.quick_if("다음 ▶", more).quick_if("◀ 이전", back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_on_exactly_one_page() {
        let all: Vec<u32> = (0..47).collect();
        let pages: Vec<u32> = (0..3).flat_map(|number| Page::of(&all, number, 20).rows.to_vec()).collect();
        assert_eq!(pages, all);
        let beyond = Page::of(&all, 99, 20);
        assert_eq!((beyond.number, beyond.count, beyond.rows.len()), (2, 3, 7));
        assert_eq!(Page::of(&[] as &[u32], 5, 20).rows.len(), 0);
    }
}
