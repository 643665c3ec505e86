use std::{
    fs, io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tokio::net::{TcpListener, TcpSocket, UnixListener};

use super::SocketFile;
use crate::failure::{Failure, Result};

const BACKLOG: u32 = 1024;

/// Listens on an address. `how` says how to choose another.
pub(crate) fn bind_tcp(address: SocketAddr, how: &str) -> Result<TcpListener> {
    let bind = || -> io::Result<TcpListener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bind().map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            Failure::new(format!("{address} is in use by another program; choose another with {how}"))
        }
        _ => {
            Failure::new(format!("{address} can't be listened on; choose another with {how}")).because(error)
        }
    })
}

/// Listens on a Unix socket with these permissions. The caller is the only process of its data directory, so a socket
/// that is there is one that a crash left, unless somebody answers.
pub(crate) fn bind_unix(path: PathBuf, mode: u32) -> Result<SocketFile> {
    let failed = || format!("the socket {} can't be made", path.display());
    remove_leftover(&path)?;
    // Bound under another name and renamed when its permissions are right, so that nobody slips in before.
    let temporary = path.with_extension("new");
    remove_leftover(&temporary)?;
    let listener = UnixListener::bind(&temporary).map_err(Failure::at(failed()))?;
    fs::set_permissions(&temporary, fs::Permissions::from_mode(mode)).map_err(Failure::at(failed()))?;
    fs::rename(&temporary, &path).map_err(Failure::at(failed()))?;
    Ok(SocketFile { listener, path })
}

fn remove_leftover(path: &Path) -> Result<()> {
    let shown = path.display();
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(Failure::new(format!("{shown} is in the way of our socket and is none; move it away")));
    }
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(Failure::new(format!(
            "another process listens on {shown}; stop it, or choose another path"
        )));
    }
    fs::remove_file(path).map_err(Failure::at(format!("{shown} can't be removed")))
}

#[cfg(test)]
mod tests;
