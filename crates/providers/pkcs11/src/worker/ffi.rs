//! The one system call of the worker that nobody has a safe form of.
#![expect(unsafe_code, reason = "closes descriptors by number")]

/// Closes all descriptors but the standard ones. Only for a program that has opened none itself.
pub(super) fn close_all_but_standard() {
    // SAFETY: called first thing in `main`, when nothing in this process owns a descriptor above 2: there is no object
    // whose descriptor would be closed under it.
    let closed = unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
    if closed != 0 {
        // A kernel before 5.9.
        for descriptor in 3..65_536 {
            // SAFETY: as above; closing what is not open is an error that changes nothing.
            unsafe { libc::close(descriptor) };
        }
    }
}
