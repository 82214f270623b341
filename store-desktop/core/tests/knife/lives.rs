//! Disks that were restored from an older image, or copied to another computer, as the counter notices it by itself.

use std::fs;
use std::path::Path;

use shared::wire::{Boot, CommandAnswer, Outcome};
use store_desktop_core::Counter;
use store_desktop_core::counter::Options;
use store_desktop_core::journal::FILE_NAME;

use super::store::{Log, action, copy_journal};

async fn open(folder: &Path) -> Counter {
    let options = || Options { ballast_bytes: 0, ..Options::default() };
    let began = std::time::Instant::now();
    loop {
        // The one before may take a moment to let go of the folder.
        match Counter::open(folder, options()).await {
            Ok(counter) => return counter,
            Err(error) if began.elapsed() > super::world::BOUND => panic!("{error}"),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(2)).await,
        }
    }
}

fn put_back(image: &Path, folder: &Path) {
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(format!("{FILE_NAME}{suffix}")));
    }
    copy_journal(image, folder);
}

async fn boot_of(folder: &Path) -> (Boot, bool) {
    let counter = open(folder).await;
    let state = counter.state();
    (state.boot.unwrap(), state.restored)
}

#[tokio::test]
async fn each_start_is_counted_and_a_restored_journal_begins_a_new_life() {
    let scratch = super::store::scratch();
    let (folder, image) = (scratch.path().join("data"), scratch.path().join("image"));
    let (first, restored) = boot_of(&folder).await;
    assert!(!restored && first.number == 1 && !first.incarnation.is_none());
    let (second, restored) = boot_of(&folder).await;
    assert!(!restored);
    assert_eq!((second.incarnation, second.number), (first.incarnation, 2));
    assert_ne!(second.nonce, first.nonce);
    settled(&folder).await;
    copy_journal(&folder, &image);
    boot_of(&folder).await;
    settled(&folder).await;

    put_back(&image, &folder);
    let (after, restored) = boot_of(&folder).await;
    assert!(restored, "the file beside it has counted further");
    assert_ne!(after.incarnation, first.incarnation);
    assert!(after.number > 3, "numbers never go back: {after}");
    let (next, restored) = boot_of(&folder).await;
    assert!(!restored && next.incarnation == after.incarnation, "once is enough");
}

/// Waits until the journal's thread has closed the file.
async fn settled(folder: &Path) {
    let began = std::time::Instant::now();
    while folder.join(format!("{FILE_NAME}-wal")).exists() {
        assert!(began.elapsed() < super::world::BOUND);
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_power_cut_between_the_two_counts_is_not_taken_for_a_restored_disk() {
    let scratch = super::store::scratch();
    let folder = scratch.path().join("data");
    boot_of(&folder).await;
    let beside = fs::read(folder.join("boots.json")).unwrap();
    let (second, _) = boot_of(&folder).await;
    // The file beside the journal did not make it.
    fs::write(folder.join("boots.json"), beside).unwrap();
    let (third, restored) = boot_of(&folder).await;
    assert!(!restored);
    assert_eq!((third.incarnation, third.number), (second.incarnation, 3));
}

#[tokio::test]
async fn commands_of_a_restored_image_keep_their_keys_and_numbers_that_were_used_are_replaced() {
    let scratch = super::store::scratch();
    let (folder, image) = (scratch.path().join("data"), scratch.path().join("image"));
    let log = Log::new(3);
    let counter = open(&folder).await;
    counter.start_over(log.snapshot(), "first").await.unwrap();
    counter.append(log.entries.clone()).await.unwrap();
    let old = counter.give(log.orders[0], None, action(0)).await.unwrap();
    drop(counter);
    settled(&folder).await;
    copy_journal(&folder, &image);
    let counter = open(&folder).await;
    let lost = counter.give(log.orders[1], None, action(1)).await.unwrap();
    drop(counter);
    settled(&folder).await;

    put_back(&image, &folder);
    let counter = open(&folder).await;
    assert!(counter.state().restored);
    let new = counter.give(log.orders[2], None, action(2)).await.unwrap();
    assert_eq!(new.device_seq, lost.device_seq, "the restored journal cannot know that the number was used");
    assert_ne!(new.incarnation, lost.incarnation, "so it counts in a new life");
    let waiting = counter.journal().take_to_send(10).await.unwrap();
    assert_eq!(waiting, [old.clone(), new.clone()], "what waited in the image is sent as it was");

    // The server saw the number of `old` with another command: another copy of the disk was faster.
    let refused = CommandAnswer {
        key: Some(old.key),
        outcome: Outcome::Refused,
        code: Some(shared::Code::DeviceNumberReused),
        position: None,
    };
    counter.keep_answers(vec![refused.clone()]).await.unwrap();
    let waiting = counter.journal().take_to_send(10).await.unwrap();
    let again = waiting.iter().find(|command| command.key == old.key).unwrap();
    assert_eq!((&again.action, again.order_id), (&old.action, old.order_id));
    assert_eq!(again.incarnation, new.incarnation);
    assert_eq!(counter.state().waiting.len(), 2, "nothing is refused, nothing is doubled");
    // And if that happens to the new life too, it begins another one.
    let again = again.clone();
    counter.keep_answers(vec![refused]).await.unwrap();
    let third = counter.journal().take_to_send(10).await.unwrap();
    let third = third.iter().find(|command| command.key == old.key).unwrap();
    assert!(third.incarnation != again.incarnation && third.device_seq != again.device_seq);
}
