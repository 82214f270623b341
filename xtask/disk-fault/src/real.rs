//! The functions that we stand in front of.

use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

/// One function of the next library in line, looked up once.
pub(crate) struct Real {
    name: &'static CStr,
    found: AtomicPtr<c_void>,
}

impl Real {
    pub const fn new(name: &'static CStr) -> Self {
        Self { name, found: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// The function's address.
    ///
    /// # Safety
    /// `F` must be the function's type.
    pub unsafe fn get<F: Copy>(&self) -> F {
        let mut found = self.found.load(Ordering::Relaxed);
        if found.is_null() {
            // SAFETY: the name is a C string; `RTLD_NEXT` asks for the definition after ours, which libc has.
            found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
            if found.is_null() {
                // Without libc there is no way to say so.
                std::process::abort();
            }
            self.found.store(found, Ordering::Relaxed);
        }
        assert!(size_of::<F>() == size_of::<*mut c_void>());
        // SAFETY: the caller says that the address is a function of type `F`, and both are one pointer wide.
        unsafe { std::mem::transmute_copy::<*mut c_void, F>(&found) }
    }
}
