use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use claviger_core::Connection;
use hyper_util::rt::TokioIo;
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::{
    net::{TcpListener, TcpStream, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    Shared, SocketFile,
    connection::{self, Protocol},
    stopping, tls,
};

/// HTTPS until told to stop.
pub(super) async fn accept_tls(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    permits: Arc<Semaphore>,
    shared: Arc<Shared>,
) {
    accept_all(
        |cx| listener.poll_accept(cx),
        permits,
        shared,
        move |(stream, peer), permit, shared| {
            tokio::spawn(serve_tls(stream, peer, acceptor.clone(), permit, shared));
        },
    )
    .await;
}

/// HTTP without encryption, for loopback only.
pub(super) async fn accept_plain(listener: TcpListener, permits: Arc<Semaphore>, shared: Arc<Shared>) {
    accept_all(
        |cx| listener.poll_accept(cx),
        permits,
        shared,
        |(stream, peer): (TcpStream, SocketAddr), permit, shared| {
            prepare(&stream, &shared);
            // Not `secure`: loopback reaches every process and container of the machine that shares the network.
            let known = Connection { peer: Some(peer.ip()), ..Connection::default() };
            tokio::spawn(connection::serve(TokioIo::new(stream), Protocol::Http1, known, permit, shared));
        },
    )
    .await;
}

/// The administrator's socket.
pub(super) async fn accept_unix(socket: SocketFile, permits: Arc<Semaphore>, shared: Arc<Shared>) {
    accept_all(
        |cx| socket.listener.poll_accept(cx),
        permits,
        shared,
        |(stream, _): (UnixStream, _), permit, shared| {
            // Without credentials of the peer it is nobody, and fronts refuse it.
            let uid = stream.peer_cred().ok().map(|credentials| credentials.uid());
            let known = Connection { secure: true, uid, ..Connection::default() };
            tokio::spawn(connection::serve(TokioIo::new(stream), Protocol::Http1, known, permit, shared));
        },
    )
    .await;
}

pub(super) async fn accept_all<T>(
    mut accept: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
    permits: Arc<Semaphore>,
    shared: Arc<Shared>,
    serve: impl Fn(T, OwnedSemaphorePermit, Arc<Shared>),
) {
    let mut stop = shared.stop.clone();
    loop {
        let permit = tokio::select! {
            permit = permits.clone().acquire_owned() => permit,
            () = stopping(&mut stop) => return,
        };
        // The semaphore is never closed.
        let Ok(permit) = permit else { return };
        let accepted = tokio::select! {
            accepted = poll_fn(&mut accept) => accepted,
            () = stopping(&mut stop) => return,
        };
        match accepted {
            Ok(accepted) => serve(accepted, permit, shared.clone()),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Above all: too many open files. It passes when connections end.
                tracing::error!(%error, "a connection can't be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn serve_tls(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: TlsAcceptor,
    permit: OwnedSemaphorePermit,
    shared: Arc<Shared>,
) {
    let Some(stream) = handshake(stream, peer, &acceptor, &shared).await else { return };
    let (protocol, known) = negotiated(&stream, peer);
    connection::serve(TokioIo::new(stream), protocol, known, permit, shared).await;
}

/// TLS; `None` if there is none in time.
pub(super) async fn handshake(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: &TlsAcceptor,
    shared: &Shared,
) -> Option<TlsStream<TcpStream>> {
    prepare(&stream, shared);
    let mut stop = shared.stop.clone();
    let handshake = tokio::time::timeout(shared.limits.header_timeout, acceptor.accept(stream));
    tokio::select! {
        done = handshake => match done {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
        },
        () = stopping(&mut stop) => {}
    }
    None
}

pub(super) fn negotiated(stream: &TlsStream<TcpStream>, peer: SocketAddr) -> (Protocol, Connection) {
    let (_, session) = stream.get_ref();
    let protocol = match session.alpn_protocol() {
        Some(tls::H2) => Protocol::Http2,
        _ => Protocol::Http1,
    };
    let certificate = session.peer_certificates().and_then(<[_]>::first);
    let known = Connection {
        peer: Some(peer.ip().to_canonical()),
        secure: true,
        client_spki_sha256: certificate.and_then(tls::spki_sha256),
        uid: None,
    };
    (protocol, known)
}

/// Small answers leave at once, and a peer that takes nothing is given up.
fn prepare(stream: &TcpStream, shared: &Shared) {
    let millis = u32::try_from(shared.limits.idle_timeout.as_millis()).unwrap_or(u32::MAX);
    let prepared = stream.set_nodelay(true).and_then(|()| Ok(set_tcp_user_timeout(stream, millis)?));
    if let Err(error) = prepared {
        tracing::debug!(%error, "a connection can't be set up as it should be");
    }
}
