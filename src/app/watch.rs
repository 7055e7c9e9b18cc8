//! Files that are read again when they change.
//!
//! A thread asks once a second for size and time of change. Asking is chosen over the system's notices of change: those
//! say nothing of a file that another machine writes, and the logs of a cluster lie on network drives. A question a second
//! costs nothing beside a frame. The window is woken only by a change.
//!
//! A file that grows without pause is not read without pause: the next reading waits five times as long as the last took.

use crate::session::DataId;
use eframe::egui::Context;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

/// Between two questions.
const PERIOD: Duration = Duration::from_secs(1);
/// How much longer than a reading the pause after it is.
const PAUSE: f64 = 5.0;

/// What tells one state of a file from another.
type Stamp = Option<(u64, Option<SystemTime>)>;
type Stamps = Mutex<BTreeMap<PathBuf, Stamp>>;

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

/// One file under watch.
struct Watched {
    path: PathBuf,
    changed: bool,
    /// Being read; with how many points it had.
    reading: Option<usize>,
    not_before: Instant,
    status: String,
}

/// All of them.
pub(super) struct Watch {
    watched: BTreeMap<DataId, Watched>,
    stamps: Arc<Stamps>,
    sender: Sender<PathBuf>,
    changes: Receiver<PathBuf>,
    asking: bool,
}

impl Default for Watch {
    fn default() -> Self {
        let (sender, changes) = channel();
        Self {
            watched: BTreeMap::new(),
            stamps: Arc::default(),
            sender,
            changes,
            asking: false,
        }
    }
}

impl Watch {
    /// Whether a data set is under watch.
    pub(super) fn is_on(&self, id: DataId) -> bool {
        self.watched.contains_key(&id)
    }

    /// What happened last to a data set under watch; empty where nothing has.
    pub(super) fn status(&self, id: DataId) -> &str {
        self.watched.get(&id).map_or("", |watched| &watched.status)
    }

    /// Watches a data set, or no longer. It is read once after the first look, for it may have grown since it was read last.
    pub(super) fn set(&mut self, ctx: &Context, id: DataId, path: Option<PathBuf>) {
        match path {
            Some(path) => {
                self.watched.insert(
                    id,
                    Watched {
                        path,
                        changed: false,
                        reading: None,
                        not_before: Instant::now(),
                        status: String::new(),
                    },
                );
            }
            None => {
                self.watched.remove(&id);
            }
        }
        let watched = &self.watched;
        let mut stamps = self.stamps.lock().unwrap_or_else(PoisonError::into_inner);
        stamps.retain(|path, _| watched.values().any(|watched| watched.path == *path));
        for watched in watched.values() {
            // The thread takes the first look, for the disk may be slow.
            stamps.entry(watched.path.clone()).or_insert(None);
        }
        drop(stamps);
        if !self.asking && !self.watched.is_empty() {
            self.asking = ask(ctx, &self.stamps, &self.sender);
        }
    }

    /// Forgets data sets that are gone.
    pub(super) fn retain(&mut self, there: impl Fn(DataId) -> bool) {
        self.watched.retain(|id, _| there(*id));
    }

    /// Data sets to read now. `points` tells how many one has.
    pub(super) fn due(&mut self, ctx: &Context, points: impl Fn(DataId) -> usize) -> Vec<DataId> {
        while let Ok(path) = self.changes.try_recv() {
            for watched in self.watched.values_mut().filter(|watched| watched.path == path) {
                watched.changed = true;
            }
        }
        let now = Instant::now();
        let mut due = vec![];
        for (&id, watched) in &mut self.watched {
            if !watched.changed || watched.reading.is_some() {
                continue;
            }
            if now < watched.not_before {
                ctx.request_repaint_after(watched.not_before - now);
                continue;
            }
            watched.changed = false;
            watched.reading = Some(points(id));
            due.push(id);
        }
        due
    }

    /// The end of a reading that this watch has asked for: how many points there were before.
    pub(super) fn finish(&mut self, id: DataId, seconds: f64) -> Option<usize> {
        let watched = self.watched.get_mut(&id)?;
        let before = watched.reading.take()?;
        watched.not_before = Instant::now() + Duration::from_secs_f64(seconds * PAUSE);
        Some(before)
    }

    /// Says what happened.
    pub(super) fn tell(&mut self, id: DataId, status: String) {
        if let Some(watched) = self.watched.get_mut(&id) {
            watched.status = status;
        }
    }
}

/// Starts the thread that asks; it ends with the watch.
fn ask(ctx: &Context, stamps: &Arc<Stamps>, sender: &Sender<PathBuf>) -> bool {
    let (ctx, stamps, sender) = (ctx.clone(), Arc::downgrade(stamps), sender.clone());
    let asking = move || {
        while let Some(changed) = changed(&stamps) {
            let any = !changed.is_empty();
            for path in changed {
                sender.send(path).ok();
            }
            if any {
                ctx.request_repaint();
            }
            std::thread::sleep(PERIOD);
        }
    };
    let thread = std::thread::Builder::new().name("watch".to_owned());
    thread.spawn(asking).is_ok()
}

/// Files that differ from the last look; `None` when nobody watches any more.
fn changed(stamps: &Weak<Stamps>) -> Option<Vec<PathBuf>> {
    let known = {
        let stamps = stamps.upgrade()?;
        let known = stamps.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    };
    // A slow disk is waited for without holding the lock.
    let now: Vec<(PathBuf, Stamp, Stamp)> = known
        .into_iter()
        .map(|(path, before)| {
            let now = stamp(&path);
            (path, before, now)
        })
        .collect();
    let stamps = stamps.upgrade()?;
    let mut stamps = stamps.lock().unwrap_or_else(PoisonError::into_inner);
    let mut changed = vec![];
    for (path, before, now) in now {
        let Some(known) = stamps.get_mut(&path) else { continue };
        // A file that is away for a moment, while another takes its place, has not changed yet.
        if now.is_some() {
            *known = now;
            if before != now {
                changed.push(path);
            }
        }
    }
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_once_and_a_missing_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        std::fs::write(&path, "a\n").unwrap();
        let stamps: Arc<Stamps> = Arc::default();
        stamps.lock().unwrap().insert(path.clone(), None);
        let look = || changed(&Arc::downgrade(&stamps)).unwrap();
        assert_eq!(look(), std::slice::from_ref(&path));
        assert_eq!(look(), Vec::<PathBuf>::new());
        std::fs::write(&path, "a\nb\n").unwrap();
        assert_eq!(look(), std::slice::from_ref(&path));
        assert!(look().is_empty());
        std::fs::remove_file(&path).unwrap();
        assert!(look().is_empty());
        std::fs::write(&path, "c\n").unwrap();
        assert_eq!(look(), [path]);
        let weak = Arc::downgrade(&stamps);
        drop(stamps);
        assert_eq!(changed(&weak), None);
    }
}
