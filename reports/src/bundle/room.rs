//! How much of what others sent is held at once.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Octets of memory for what is unpacked, shared by all that unpack at once: who finds no room waits for that of
/// another.
#[derive(Debug)]
pub struct Room {
    whole: u64,
    left: Mutex<u64>,
    freed: Condvar,
}

/// A part of a [`Room`], given back on drop.
#[derive(Debug)]
pub(super) struct Held<'a> {
    room: &'a Room,
    octets: u64,
}

/// That of all archives and folders that are verified at once; a dossier takes a hundredth of it.
impl Default for Room {
    fn default() -> Self {
        Self::new(512 << 20)
    }
}

impl Room {
    /// A room of so many octets.
    #[must_use]
    pub const fn new(octets: u64) -> Self {
        Self { whole: octets, left: Mutex::new(octets), freed: Condvar::new() }
    }

    /// Its octets, held or not.
    pub(super) const fn whole(&self) -> u64 {
        self.whole
    }

    /// Holds so many octets once there is room for them; `None` where there never will be. Who holds some must not
    /// ask for more.
    pub(super) fn hold(&self, octets: u64) -> Option<Held<'_>> {
        if octets > self.whole {
            return None;
        }
        let left = self.freed.wait_while(self.left(), |left| *left < octets);
        *left.unwrap_or_else(PoisonError::into_inner) -= octets;
        Some(Held { room: self, octets })
    }

    /// A number is whole, whoever panicked.
    fn left(&self) -> MutexGuard<'_, u64> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held<'_> {
    /// Gives back all but so many octets.
    pub(super) fn shrink(&mut self, octets: u64) {
        let given = self.octets.saturating_sub(octets);
        self.octets -= given;
        *self.room.left() += given;
        self.room.freed.notify_all();
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.shrink(0);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    #[test]
    fn what_is_given_back_is_held_by_who_waits() {
        let room = Room::new(10);
        assert!(room.hold(11).is_none());
        let mut held = room.hold(8).expect("there is room");
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            let room = &room;
            scope.spawn(move || tell.send(room.hold(5).map(|held| held.octets)));
            told.try_recv().expect_err("it waits, or has not begun to");
            held.shrink(5);
            assert_eq!(told.recv(), Ok(Some(5)));
        });
        drop(held);
        assert_eq!(*room.left(), 10);
    }
}
