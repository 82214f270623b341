//! Files as they were at their last sync.

use std::ffi::c_int;
use std::fs;
use std::path::Path;

/// Keeps the whole file as it is now, under its own name. A reader sees the old or the new content.
pub(crate) fn keep(folder: &Path, file: &Path, descriptor: c_int) {
    let (Some(name), Some(bytes)) = (file.file_name(), read_all(descriptor)) else { return };
    let kept = folder.join(name);
    let beside = folder.join(format!("{}.new", name.to_string_lossy()));
    // A folder that cannot be written to would make a power cut look like the loss of everything.
    fs::write(&beside, bytes)
        .and_then(|()| fs::rename(&beside, kept))
        .expect("DISK_FAULT_SYNCED can be written to");
}

/// Reads through the program's own descriptor: opening the file once more and closing it would let go of the locks that the program has on it.
fn read_all(descriptor: c_int) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut page = vec![0_u8; 256 * 1024];
    loop {
        let offset = libc::off_t::try_from(bytes.len()).ok()?;
        // SAFETY: `page` is ours and as long as said; the file's own position is not moved.
        let read = unsafe { libc::pread(descriptor, page.as_mut_ptr().cast(), page.len(), offset) };
        match usize::try_from(read) {
            Ok(0) => return Some(bytes),
            Ok(read) => bytes.extend_from_slice(&page[..read]),
            // Not opened for reading.
            Err(_) => return None,
        }
    }
}

/// The file is gone.
pub(crate) fn forget(folder: &Path, file: &Path) {
    if let Some(name) = file.file_name() {
        // It may never have been synced.
        let _ = fs::remove_file(folder.join(name));
    }
}
