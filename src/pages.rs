//! A growing list in fixed pages: growing never copies what is there, and never needs twice the room.

const PAGE: usize = 1 << 14;

#[derive(Clone, Debug)]
pub struct Pages<T> {
    pages: Vec<Vec<T>>,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Pages { pages: Vec::new() }
    }
}

impl<T> Pages<T> {
    /// Appends a value and gives its index.
    pub fn push(&mut self, value: T) -> usize {
        let index = self.len();
        match self.pages.last_mut() {
            Some(page) if page.len() < PAGE => page.push(value),
            _ => {
                let mut page = Vec::with_capacity(PAGE);
                page.push(value);
                self.pages.push(page);
            }
        }
        index
    }

    pub fn len(&self) -> usize {
        let full = self.pages.len().saturating_sub(1) * PAGE;
        full + self.pages.last().map_or(0, Vec::len)
    }

    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    pub fn get(&self, index: usize) -> Option<&T> {
        self.pages.get(index / PAGE)?.get(index % PAGE)
    }

    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.pages.get_mut(index / PAGE)?.get_mut(index % PAGE)
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flatten()
    }

    /// Bytes held, less what the values themselves hold.
    pub fn memory(&self) -> usize {
        self.pages.len() * PAGE * size_of::<T>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_again_over_page_borders() {
        let mut pages = Pages::default();
        assert!(pages.is_empty());
        for value in 0..PAGE * 2 + 1 {
            assert_eq!(pages.push(value), value);
        }
        assert_eq!(pages.len(), PAGE * 2 + 1);
        *pages.get_mut(PAGE).unwrap() = 7;
        assert_eq!(pages.get(PAGE), Some(&7));
        assert_eq!(pages.get(PAGE * 2), Some(&(PAGE * 2)));
        assert_eq!(pages.get(PAGE * 2 + 1), None);
        assert_eq!(pages.iter().count(), pages.len());
    }
}
