//! A [`Disk`] as a file system of SQLite (<https://sqlite.org/vfs.html>).
#![expect(unsafe_code, reason = "SQLite calls a file system through C function pointers")]

use std::{
    alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error},
    ffi::{CStr, CString, c_char, c_int, c_void},
    ptr::{self, NonNull},
    slice,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{Ordering, fence},
    },
};

use rusqlite::ffi::{
    SQLITE_ACCESS_EXISTS, SQLITE_ACCESS_READWRITE, SQLITE_BUSY, SQLITE_CANTOPEN, SQLITE_FULL,
    SQLITE_IOCAP_POWERSAFE_OVERWRITE, SQLITE_IOERR_DELETE, SQLITE_IOERR_DELETE_NOENT, SQLITE_IOERR_FSTAT,
    SQLITE_IOERR_FSYNC, SQLITE_IOERR_LOCK, SQLITE_IOERR_READ, SQLITE_IOERR_SHMMAP, SQLITE_IOERR_SHORT_READ,
    SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE, SQLITE_NOTFOUND, SQLITE_OK, SQLITE_OPEN_CREATE,
    SQLITE_SHM_SHARED, SQLITE_SHM_UNLOCK, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs,
    sqlite3_vfs_find, sqlite3_vfs_register,
};

use crate::{
    Disk, DiskError,
    locks::{FileLock, Holder},
};

/// A file system that SQLite knows by name until the process ends; the disk in it can be replaced.
pub struct Vfs {
    name: &'static str,
    drive: &'static Drive,
}

/// The disk for files that are opened from now on.
struct Drive(Mutex<Arc<Disk>>);

impl Vfs {
    /// Makes a file system known. Two with one name hide each other.
    ///
    /// # Panics
    /// If SQLite has no file system of its own, or `name` has a zero byte.
    #[expect(clippy::expect_used, clippy::panic, reason = "a test without its disk has failed")]
    pub fn register(name: &str, disk: Arc<Disk>) -> Self {
        let c_name = CString::new(name).expect("a name without zero bytes");
        // Leaked, because SQLite keeps the pointers and there is no telling when the last connection is gone.
        let drive: &'static Drive = Box::leak(Box::new(Drive(Mutex::new(disk))));
        // SAFETY: null asks for the default file system, which is never unregistered.
        let default = unsafe { sqlite3_vfs_find(ptr::null()).as_ref() }.expect("SQLite has a file system");
        // Randomness, sleep and time come from the default; those functions do not look at their first argument.
        let vfs = Box::leak(Box::new(sqlite3_vfs {
            iVersion: 2,
            szOsFile: size_of::<OpenFile>() as c_int,
            mxPathname: 512,
            pNext: ptr::null_mut(),
            zName: c_name.into_raw(),
            pAppData: ptr::from_ref(drive).cast_mut().cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            ..*default
        }));
        // SAFETY: the structure and all that it points to live as long as the process.
        if unsafe { sqlite3_vfs_register(vfs, 0) } != SQLITE_OK {
            panic!("SQLite does not accept the file system");
        }
        Self { name: name.to_owned().leak(), drive }
    }

    /// The name to open databases with.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Replaces the disk; files that are open stay on the old one.
    pub fn insert(&self, disk: Arc<Disk>) {
        *self.drive.0.lock().unwrap_or_else(PoisonError::into_inner) = disk;
    }
}

/// Memory that connections share. SQLite reads and writes it from several threads, under its own locks.
pub(crate) struct Region {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: it is an allocation without thread affinity, and nothing here reads or writes it.
unsafe impl Send for Region {}

impl Region {
    #[expect(clippy::expect_used, reason = "SQLite asks for regions of 32 KiB")]
    pub(crate) fn new(size: usize) -> Self {
        let layout = Layout::from_size_align(size.max(1), 16).expect("a size that fits into memory");
        // SAFETY: the size is not zero.
        let start = unsafe { alloc_zeroed(layout) };
        Self { start: NonNull::new(start).unwrap_or_else(|| handle_alloc_error(layout)), layout }
    }

    pub(crate) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout; the last user has left it, or closed its file.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }
}

/// What SQLite allocates for each open file; its methods see it as [`sqlite3_file`].
#[repr(C)]
struct OpenFile {
    base: sqlite3_file,
    disk: *const Disk,
    holder: Holder,
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// SAFETY: `vfs` must be one that [`Vfs::register`] made.
unsafe fn disk_of(vfs: *mut sqlite3_vfs) -> Arc<Disk> {
    // SAFETY: `pAppData` is the leaked drive.
    let drive = unsafe { &*(*vfs).pAppData.cast::<Drive>() };
    Arc::clone(&drive.0.lock().unwrap_or_else(PoisonError::into_inner))
}

/// SAFETY: `name` must be null or a C string that outlives the result.
unsafe fn text<'a>(name: *const c_char) -> Option<&'a str> {
    // SAFETY: as the caller promises.
    if name.is_null() { None } else { unsafe { CStr::from_ptr(name) }.to_str().ok() }
}

/// SAFETY: `file` must be one that [`open`] filled and nobody has closed.
unsafe fn opened<'a>(file: *mut sqlite3_file) -> (&'a Disk, Holder) {
    // SAFETY: it is an `OpenFile`, whose disk lives until `close`.
    unsafe {
        let file = &*file.cast::<OpenFile>();
        (&*file.disk, file.holder)
    }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes our structure, a C string or null, `szOsFile` bytes for the file, and null or a place for
    // the flags. Methods must be null if the file was not opened.
    unsafe {
        (*file).pMethods = ptr::null();
        let disk = disk_of(vfs);
        let (name, temporary) = match text(name) {
            Some(name) => (name.to_owned(), false),
            None => (format!("temporary-{file:p}"), true),
        };
        let create = temporary || flags & SQLITE_OPEN_CREATE != 0;
        let Ok(holder) = disk.open(&name, create) else { return SQLITE_CANTOPEN };
        if temporary {
            // An error means that there is no power, which the next call will find out.
            let _ = disk.remove(&name, true);
        }
        if !out_flags.is_null() {
            *out_flags = flags;
        }
        let base = sqlite3_file { pMethods: &METHODS };
        ptr::write(file.cast(), OpenFile { base, disk: Arc::into_raw(disk), holder });
    }
    SQLITE_OK
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: an open file, which SQLite does not use any more; its disk came from `Arc::into_raw`.
    unsafe {
        let (disk, holder) = opened(file);
        disk.close(holder);
        drop(Arc::from_raw((*file.cast::<OpenFile>()).disk));
        (*file).pMethods = ptr::null();
    }
    SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    // SAFETY: our structure and a C string.
    let (disk, name) = unsafe { (disk_of(vfs), text(name)) };
    match name.map(|name| disk.remove(name, sync_directory != 0)) {
        Some(Ok(())) => SQLITE_OK,
        None | Some(Err(DiskError::Missing)) => SQLITE_IOERR_DELETE_NOENT,
        Some(Err(DiskError::Full | DiskError::Failed)) => SQLITE_IOERR_DELETE,
    }
}

unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: our structure, a C string and a place for the result.
    unsafe {
        let exists = text(name).is_some_and(|name| disk_of(vfs).exists(name));
        let asked = flags == SQLITE_ACCESS_EXISTS || flags == SQLITE_ACCESS_READWRITE;
        *out = c_int::from(asked && exists);
    }
    SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _vfs: *mut sqlite3_vfs,
    name: *const c_char,
    capacity: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: a C string and `capacity` bytes, into which it is copied with its zero if it fits.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > capacity as usize {
            return SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    out: *mut c_void,
    count: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: an open file and `count` bytes, which SQLite may not have initialized: they are zeroed first, as it
    // wants them after a short read.
    let (read, wanted) = unsafe {
        let (disk, holder) = opened(file);
        ptr::write_bytes(out.cast::<u8>(), 0, count as usize);
        let out = slice::from_raw_parts_mut(out.cast::<u8>(), count as usize);
        (disk.read(holder, offset as usize, out), count as usize)
    };
    match read {
        Ok(read) if read == wanted => SQLITE_OK,
        Ok(_) => SQLITE_IOERR_SHORT_READ,
        Err(_) => SQLITE_IOERR_READ,
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: an open file and `count` bytes.
    let written = unsafe {
        let (disk, holder) = opened(file);
        disk.write(holder, offset as usize, slice::from_raw_parts(bytes.cast(), count as usize))
    };
    code(written, SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let (disk, holder) = unsafe { opened(file) };
    code(disk.resize(holder, size as usize), SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: an open file.
    let (disk, holder) = unsafe { opened(file) };
    code(disk.sync(holder), SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    // SAFETY: an open file and a place for the result.
    unsafe {
        let (disk, holder) = opened(file);
        match disk.size(holder) {
            Ok(size) => {
                *out = size as sqlite3_int64;
                SQLITE_OK
            }
            Err(_) => SQLITE_IOERR_FSTAT,
        }
    }
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let (disk, holder) = unsafe { opened(file) };
    granted(disk.lock(holder, |lock| lock.lock(holder, level)))
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let (disk, holder) = unsafe { opened(file) };
    code(disk.lock(holder, |lock| lock.unlock(holder, level)), SQLITE_IOERR_LOCK)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: an open file and a place for the result.
    unsafe {
        let (disk, holder) = opened(file);
        *out = c_int::from(disk.lock(holder, |lock| FileLock::is_reserved(lock)).unwrap_or(false));
    }
    SQLITE_OK
}

unsafe extern "C" fn file_control(
    _file: *mut sqlite3_file,
    _operation: c_int,
    _argument: *mut c_void,
) -> c_int {
    SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut sqlite3_file) -> c_int {
    512
}

/// What SQLite assumes of real disks, and no more.
unsafe extern "C" fn device_characteristics(_file: *mut sqlite3_file) -> c_int {
    SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    index: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file and a place for the pointer.
    unsafe {
        let (disk, holder) = opened(file);
        match disk.shared_memory(holder, index as usize, size as usize, extend != 0) {
            Ok(start) => {
                *out = start.map_or(ptr::null_mut(), <*mut u8>::cast);
                SQLITE_OK
            }
            Err(_) => SQLITE_IOERR_SHMMAP,
        }
    }
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: an open file.
    let (disk, holder) = unsafe { opened(file) };
    let (first, count) = (first as usize, count as usize);
    granted(disk.shared_memory_locks(holder, |locks| {
        if flags & SQLITE_SHM_UNLOCK != 0 {
            locks.unlock(holder, first, count);
            true
        } else if flags & SQLITE_SHM_SHARED != 0 {
            locks.lock_shared(holder, first, count)
        } else {
            locks.lock_exclusive(holder, first, count)
        }
    }))
}

unsafe extern "C" fn shm_barrier(_file: *mut sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: an open file.
    let (disk, holder) = unsafe { opened(file) };
    code(disk.leave_shared_memory(holder), SQLITE_IOERR_SHMMAP)
}

fn code(result: Result<(), DiskError>, failed: c_int) -> c_int {
    match result {
        Ok(()) => SQLITE_OK,
        Err(DiskError::Full) => SQLITE_FULL,
        Err(DiskError::Missing | DiskError::Failed) => failed,
    }
}

fn granted(result: Result<bool, DiskError>) -> c_int {
    match result {
        Ok(true) => SQLITE_OK,
        Ok(false) => SQLITE_BUSY,
        Err(_) => SQLITE_IOERR_LOCK,
    }
}
