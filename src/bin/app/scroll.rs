//! Which rows of a table of any length are on the screen.
//!
//! Browsers cap the height of an element near 17 million pixels, so a long table gets a scroll bar of
//! at most [`TALLEST`]: small movements (wheel, touch, keys) then move the rows pixel by pixel, large
//! ones (the bar is dragged) by proportion, and [`Scroll::settled`] puts the bar where it belongs once
//! it rests. Pure: the element is the table's business.

use std::ops::Range;

/// Pixels that every browser takes for the height of an element.
const TALLEST: f64 = 8_000_000.0;

/// Rows kept above and below the screen, so that a quick scroll meets no gap.
const OVERSCAN: u32 = 8;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scroll {
    /// Rows in all.
    pub rows: u32,
    /// Pixels.
    pub row_height: f64,
    /// The height of the rows' part of the screen.
    pub view: f64,
    /// Where the screen begins, in pixels of the whole table.
    pub top: f64,
    /// Where the scroll bar is.
    pub bar: f64,
}

impl Scroll {
    /// The height of the whole table.
    fn full(&self) -> f64 {
        f64::from(self.rows) * self.row_height
    }

    /// The height that the element gets.
    pub fn height(&self) -> f64 {
        self.full().min(TALLEST)
    }

    fn last_top(&self) -> f64 {
        (self.full() - self.view).max(0.0)
    }

    fn last_bar(&self) -> f64 {
        (self.height() - self.view).max(0.0)
    }

    /// Table pixels for one pixel of the bar.
    fn ratio(&self) -> f64 {
        if self.full() <= TALLEST || self.last_bar() <= 0.0 {
            1.0
        } else {
            self.last_top() / self.last_bar()
        }
    }

    /// The bar was moved.
    pub fn scrolled(&mut self, bar: f64) {
        let moved = bar - self.bar;
        let at_end = bar <= 0.0 || bar >= self.last_bar();
        self.top = if moved.abs() <= 2.0 * self.view && !at_end && self.ratio() > 1.0 {
            self.top + moved
        } else if moved == 0.0 {
            self.top
        } else {
            bar * self.ratio()
        };
        self.top = self.top.clamp(0.0, self.last_top());
        self.bar = bar;
    }

    /// The bar rests: where it belongs.
    pub fn settled(&mut self) -> f64 {
        self.bar = (self.top / self.ratio()).clamp(0.0, self.last_bar());
        self.bar
    }

    /// Brings a row onto the screen; gives where the bar belongs.
    pub fn reveal(&mut self, row: u32) -> f64 {
        let above = f64::from(row) * self.row_height;
        let below = above + self.row_height;
        if above < self.top {
            self.top = above;
        } else if below > self.top + self.view {
            self.top = below - self.view;
        }
        self.top = self.top.clamp(0.0, self.last_top());
        self.settled()
    }

    /// Takes a new number of rows, height of a row or of the screen, and stays where it was.
    pub fn resized(&mut self, rows: u32, row_height: f64, view: f64) -> f64 {
        let first = self.top / self.row_height.max(1.0);
        (self.rows, self.row_height, self.view) = (rows, row_height, view);
        self.top = (first * row_height).clamp(0.0, self.last_top());
        self.settled()
    }

    /// The rows that are to be in the document.
    pub fn window(&self) -> Range<u32> {
        if self.view <= 0.0 {
            return 0..0;
        }
        let first = (self.top / self.row_height).floor() as u32;
        let last = ((self.top + self.view) / self.row_height).ceil() as u32;
        first.saturating_sub(OVERSCAN)..last.saturating_add(OVERSCAN).min(self.rows)
    }

    /// Where the first of them lies inside the element.
    pub fn lead(&self) -> f64 {
        f64::from(self.window().start) * self.row_height - self.top + self.bar
    }

    /// Rows that a page key passes.
    pub fn page(&self) -> u32 {
        ((self.view / self.row_height).floor() as u32)
            .saturating_sub(1)
            .max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: u32) -> Scroll {
        Scroll {
            rows,
            row_height: 32.0,
            view: 640.0,
            top: 0.0,
            bar: 0.0,
        }
    }

    #[test]
    fn a_short_table_scrolls_as_it_is() {
        let mut scroll = table(1000);
        assert_eq!(scroll.height(), 32_000.0);
        assert_eq!(scroll.window(), 0..28);
        scroll.scrolled(3200.0);
        assert_eq!(scroll.top, 3200.0);
        assert_eq!(scroll.window(), 92..128);
        assert_eq!(scroll.lead(), 92.0 * 32.0);
        scroll.scrolled(1e9);
        assert_eq!(scroll.window(), 972..1000);
    }

    #[test]
    fn ten_million_rows_are_all_reached() {
        let mut scroll = table(10_000_000);
        assert_eq!(scroll.height(), TALLEST);
        scroll.scrolled(TALLEST - 640.0);
        assert_eq!(scroll.window().end, 10_000_000);
        scroll.scrolled((TALLEST - 640.0) / 2.0);
        let middle = scroll.window().start;
        assert!((4_999_900..5_000_100).contains(&middle), "{middle}");
        scroll.scrolled(0.0);
        assert_eq!(scroll.window().start, 0);
    }

    #[test]
    fn a_wheel_passes_no_row_of_a_long_table() {
        let mut scroll = table(10_000_000);
        let mut seen = scroll.window().end;
        for notch in 1..200 {
            scroll.scrolled(f64::from(notch) * 100.0);
            assert!(scroll.window().start <= seen, "a gap before {seen}");
            seen = scroll.window().end;
        }
        let top = scroll.top;
        let bar = scroll.settled();
        scroll.scrolled(bar);
        assert_eq!(scroll.top, top, "the bar settles without moving the rows");
    }

    #[test]
    fn a_row_is_revealed_wherever_it_is() {
        for row in [0, 19, 20, 5_000_000, 9_999_999] {
            let mut scroll = table(10_000_000);
            scroll.reveal(row);
            let above = f64::from(row) * 32.0;
            assert!(
                above >= scroll.top && above + 32.0 <= scroll.top + 640.0,
                "{row}"
            );
        }
    }

    #[test]
    fn the_same_row_stays_on_top_when_rows_change_their_height() {
        let mut scroll = table(1000);
        scroll.scrolled(3200.0);
        scroll.resized(1000, 60.0, 700.0);
        assert_eq!(scroll.top, 6000.0);
        scroll.resized(0, 60.0, 700.0);
        assert_eq!(scroll.window(), 0..0);
    }
}
