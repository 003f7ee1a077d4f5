//! How a drop of files goes on, in numbers: share, rate, time left. Pure.

use std::collections::VecDeque;

use mailtrace::protocol::{FileProgress, FileState};

/// Seconds over which the rate is taken.
const WINDOW: f64 = 4.0;

/// One drop.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    pub batch: u32,
    pub files: Vec<FileProgress>,
    pub ended: bool,
    /// (milliseconds, bytes read), the last few.
    samples: VecDeque<(f64, u64)>,
}

impl Import {
    pub fn new(batch: u32, now: f64) -> Self {
        Import {
            batch,
            files: Vec::new(),
            ended: false,
            samples: VecDeque::from([(now, 0)]),
        }
    }

    /// Takes what the engine says of it at an instant (milliseconds).
    pub fn progress(&mut self, files: Vec<FileProgress>, ended: bool, now: f64) {
        self.files = files;
        self.ended = ended;
        self.samples.push_back((now, self.read()));
        while self.samples.len() > 2
            && self
                .samples
                .get(1)
                .is_some_and(|(at, _)| now - at > WINDOW * 1000.0)
        {
            self.samples.pop_front();
        }
    }

    /// Bytes that need no more reading; a file that is settled counts as read.
    pub fn read(&self) -> u64 {
        self.files
            .iter()
            .map(|file| {
                if settled(file.state) {
                    file.size
                } else {
                    file.read.min(file.size)
                }
            })
            .sum()
    }

    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    pub fn lines(&self) -> u64 {
        self.files.iter().map(|file| file.lines).sum()
    }

    /// From 0 to 1.
    pub fn share(&self) -> f64 {
        if self.ended {
            1.0
        } else {
            self.read() as f64 / self.size().max(1) as f64
        }
    }

    /// Files that are settled, whatever became of them.
    pub fn settled(&self) -> usize {
        self.files.iter().filter(|file| settled(file.state)).count()
    }

    /// The file that is being read.
    pub fn current(&self) -> Option<&FileProgress> {
        self.files
            .iter()
            .find(|file| matches!(file.state, FileState::Reading | FileState::Keeping))
    }

    /// Bytes a second, once there is something to judge by.
    pub fn rate(&self) -> Option<f64> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        let seconds = (last.0 - first.0) / 1000.0;
        (seconds >= 0.2 && last.1 > first.1).then(|| (last.1 - first.1) as f64 / seconds)
    }

    /// Seconds.
    pub fn left(&self) -> Option<f64> {
        let rate = self.rate()?;
        Some(self.size().saturating_sub(self.read()) as f64 / rate)
    }

    /// Files of which something is to be said once it is over.
    pub fn remarkable(&self) -> impl Iterator<Item = &FileProgress> {
        self.files.iter().filter(|file| {
            unused(file.state) || (file.state == FileState::Done && !file.remark.is_empty())
        })
    }
}

/// Whether nothing of a file was taken.
pub const fn unused(state: FileState) -> bool {
    matches!(
        state,
        FileState::Refused | FileState::Known | FileState::Cancelled
    )
}

fn settled(state: FileState) -> bool {
    match state {
        FileState::Waiting | FileState::Reading | FileState::Keeping => false,
        FileState::Done | FileState::Known | FileState::Refused | FileState::Cancelled => true,
    }
}

/// A state in a word or two.
pub const fn state_title(state: FileState) -> &'static str {
    match state {
        FileState::Waiting => "Waiting",
        FileState::Reading => "Reading",
        FileState::Keeping => "Saving",
        FileState::Done => "Done",
        FileState::Known => "Here already",
        FileState::Refused => "Not used",
        FileState::Cancelled => "Cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: u64, read: u64, state: FileState) -> FileProgress {
        FileProgress {
            name: "mail.log".to_owned(),
            size,
            read,
            lines: 10,
            events: 5,
            state,
            remark: String::new(),
        }
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut import = Import::new(1, 0.0);
        assert_eq!(import.rate(), None);
        for second in 1..=10 {
            let read = if second <= 5 { 0 } else { (second - 5) * 100 };
            let files = vec![file(1000, read, FileState::Reading)];
            import.progress(files, false, second as f64 * 1000.0);
        }
        assert_eq!(import.rate(), Some(100.0));
        assert_eq!(import.left(), Some(5.0));
        assert_eq!(import.share(), 0.5);
    }

    #[test]
    fn a_settled_file_counts_as_read() {
        let mut import = Import::new(1, 0.0);
        let files = vec![
            file(100, 100, FileState::Done),
            file(200, 3, FileState::Refused),
            file(700, 0, FileState::Waiting),
        ];
        import.progress(files, false, 1000.0);
        assert_eq!(
            (import.settled(), import.read(), import.size()),
            (2, 300, 1000)
        );
        assert_eq!(import.remarkable().count(), 1);
        assert_eq!(import.current(), None);
    }
}
