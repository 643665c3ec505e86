use std::{net::SocketAddr, sync::Arc};

use claviger_core::Service;
use claviger_front_kmip::{KmipFront, Patience};
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsAcceptor;

use super::{
    KmipListener, Shared,
    accept::{accept_all, handshake, negotiated},
    stopping,
};

/// KMIP until told to stop.
pub(super) async fn accept(
    listener: KmipListener,
    service: Service,
    permits: Arc<Semaphore>,
    shared: Arc<Shared>,
) {
    let KmipListener { listener, tls, provider, extractable } = listener;
    let front = Arc::new(KmipFront { service, provider, extractable });
    let acceptor = TlsAcceptor::from(tls);
    accept_all(
        |cx| listener.poll_accept(cx),
        permits,
        shared,
        move |(stream, peer), permit, shared| {
            tokio::spawn(serve(stream, peer, acceptor.clone(), front.clone(), permit, shared));
        },
    )
    .await;
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: TlsAcceptor,
    front: Arc<KmipFront>,
    _permit: OwnedSemaphorePermit,
    shared: Arc<Shared>,
) {
    let Some(stream) = handshake(stream, peer, &acceptor, &shared).await else { return };
    let (_, known) = negotiated(&stream, peer);
    let patience = Patience { idle: shared.limits.idle_timeout, message: shared.limits.header_timeout };
    let mut stop = shared.stop.clone();
    claviger_front_kmip::serve(&front, stream, known, patience, stopping(&mut stop)).await;
}
