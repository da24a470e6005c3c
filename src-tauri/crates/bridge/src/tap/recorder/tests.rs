//! What is recorded, and what is kept of it.

use std::io::Cursor;
use std::sync::atomic::{AtomicBool, Ordering};

use audio::duration_of;

use super::*;
use crate::tap::interface::WAITING;

fn recordings(folder: &Path) -> Recordings {
    let open = |path: &Path| File::create_new(path);
    let kept = Duration::from_hours(24);
    let shelf = Shelf::default();
    Recordings { folder: folder.to_owned(), open, kept, most_bytes: 1_000, shelf }
}

fn piece(side: Side, frame: usize) -> Snippet {
    Snippet { side, at: duration_of(frame * 160), samples: [1; 160].into() }
}

fn mixed(pieces: &[(Side, usize, i16)]) -> Vec<(i16, i16)> {
    let spec = WavSpec {
        channels: 2,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut file = WavWriter::new(&mut bytes, spec).expect("memory");
    let mut mix = Mix::of(Rate::Telephone);
    for (side, at, value) in pieces {
        mix.put(&Snippet { side: *side, at: duration_of(*at), samples: [*value; 160].into() });
        mix.write(mix.certain(AHEAD), &mut file).expect("memory");
    }
    mix.write(mix.certain(0), &mut file).expect("memory");
    file.finalize().expect("memory");
    let reader = hound::WavReader::new(Cursor::new(bytes.into_inner())).expect("WAV");
    let samples: Vec<i16> = reader.into_samples().map(|sample| sample.expect("one")).collect();
    samples.chunks(2).map(|pair| (pair[0], pair[1])).collect()
}

#[test]
fn both_sides_are_side_by_side_and_whoever_is_silent_is_silence() {
    let samples = mixed(&[
        (Side::Caller, 150, 1),
        (Side::Caller, 330, 2),
        (Side::Us, 8_000, 3),
        (Side::Caller, 8_000, 4),
    ]);
    assert_eq!(samples.len(), 8_160);
    assert_eq!((samples[0], samples[160], samples[320]), ((1, 0), (2, 0), (0, 0)));
    assert_eq!(samples[8_000], (4, 3));
}

#[test]
fn a_side_that_is_never_heard_does_not_hold_up_the_other() {
    let pieces: Vec<_> = (0..200).map(|number| (Side::Caller, number * 160, 1)).collect();
    let samples = mixed(&pieces);
    assert_eq!(samples.len(), 200 * 160);
    assert!(samples.iter().all(|pair| *pair == (1, 0)));
}

#[test]
fn a_side_that_speaks_after_long_silence_is_where_it_spoke() {
    let mut pieces: Vec<_> = (0..500).map(|number| (Side::Caller, number * 160, 1)).collect();
    pieces.push((Side::Us, 500 * 160, 2));
    let samples = mixed(&pieces);
    assert_eq!(samples.iter().position(|pair| pair.1 == 2), Some(500 * 160));
}

#[test]
fn what_is_too_old_or_too_much_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, hours) in
        [("call-1-1.wav", 30), ("call-2-2.wav", 3), ("call-3-3.wav", 2), ("mine.wav", 90)]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, [0; 600]).expect("room");
        let made = SystemTime::now() - Duration::from_hours(hours);
        File::options()
            .write(true)
            .open(path)
            .and_then(|file| file.set_modified(made))
            .expect("ours");
    }
    recordings(folder.path()).sweep(&mut Growing::default(), SystemTime::now());
    let mut left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["call-3-3.wav", "mine.wav"]);
}

#[tokio::test]
async fn a_recording_that_cannot_be_written_ends_and_nobody_waits_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = Recordings { folder: folder.path().join("gone"), ..recordings(folder.path()) };
    let (sender, sound) = Overheard::new(1, Rate::Telephone);
    let written = gone.listen(sound);
    for _ in 0..2 * WAITING {
        let _ = sender.try_send(piece(Side::Caller, 0));
    }
    drop(sender);
    written.await;
}

/// How much the recordings in this folder take.
fn taken(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
}

#[test]
fn one_sweeps_at_a_time_so_the_limit_holds_and_nothing_is_removed_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = Recordings { most_bytes: 400_000, ..recordings(folder.path()) };
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = 0;
            while !is_over.load(Ordering::Relaxed) {
                most = most.max(taken(folder.path()));
            }
            most
        });
        let calls: Vec<_> = (0..8_u32)
            .map(|call| {
                let all = &all;
                scope.spawn(move || {
                    for round in 0..60 {
                        let path = all.folder.join(format!("call-{round}-{call}.wav"));
                        let place = Grows { recordings: all, path };
                        if place.make_room(10_000).is_ok() {
                            std::fs::write(&place.path, vec![0; 40_044]).expect("room");
                        }
                    }
                })
            })
            .collect();
        calls.into_iter().for_each(|call| call.join().expect("no sweep panics"));
        is_over.store(true, Ordering::Relaxed);
        let most = watch.join().expect("it only looks");
        assert!(most <= all.most_bytes, "{most} bytes");
    });
    let growing = all.shelf.0.lock().expect("nobody panicked");
    assert!(growing.bytes.is_empty() && !growing.has_complained, "{growing:?}");
    assert!(taken(folder.path()) > 300_000, "what has room is kept");
}

#[tokio::test]
async fn calls_that_are_recorded_at_once_take_no_more_than_they_may() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = Recordings { most_bytes: 1_000_000, ..recordings(folder.path()) };
    let calls: Vec<_> = (0..12)
        .map(|call| {
            let (sender, sound) = Overheard::new(call, Rate::Telephone);
            (sender, all.listen(sound))
        })
        .collect();
    // Twenty seconds of each would be 7.7 MB.
    for frame in 0..1_000 {
        for (sender, _) in &calls {
            // One whose recording has ended takes no more.
            let _ = sender.send(piece(Side::Caller, frame)).await;
            let _ = sender.send(piece(Side::Us, frame)).await;
        }
        assert!(taken(folder.path()) <= all.most_bytes);
    }
    for (sender, written) in calls {
        drop(sender);
        written.await;
    }
    assert!(taken(folder.path()) <= all.most_bytes);
    assert!(taken(folder.path()) > 500_000, "{} bytes", taken(folder.path()));
}

#[test]
fn one_that_grows_is_not_removed_for_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = Recordings { most_bytes: 100_000, ..recordings(folder.path()) };
    let first = Grows { recordings: &all, path: folder.path().join("call-1-1.wav") };
    first.make_room(20_000).expect("it is the only one");
    std::fs::write(&first.path, vec![0; 80_044]).expect("room");
    let second = Grows { recordings: &all, path: folder.path().join("call-2-2.wav") };
    assert!(second.make_room(10_000).is_err());
    assert!(first.path.exists());
    drop(first);
    second.make_room(10_000).expect("the first is finished and makes way");
    assert!(!folder.path().join("call-1-1.wav").exists());
}
