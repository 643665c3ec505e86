use std::{io, time::Duration};

use claviger_core::{Connection, within};
use claviger_kmip::{Limits, ttlv};
use claviger_types::SecretBytes;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep},
};

use crate::{KmipFront, batch};

/// How long a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Between two messages.
    pub idle: Duration,
    /// From the first byte of a message to its last, in either direction.
    pub message: Duration,
}

/// Answers the messages of a connection until it ends, a message is none, or `stopping` resolves; a message that was begun to be read
/// and has come whole is still answered.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    front: &KmipFront,
    mut stream: S,
    known: Connection,
    patience: Patience,
    stopping: impl Future<Output = ()>,
) {
    tokio::pin!(stopping);
    // One for the whole connection: putting it off costs less than a new one for each message.
    let idle = sleep(patience.idle);
    tokio::pin!(idle);
    loop {
        idle.as_mut().reset(Instant::now() + patience.idle);
        let mut header = [0; ttlv::HEADER_LEN];
        let request = tokio::select! {
            biased;
            () = &mut stopping => return,
            begun = stream.read(&mut header) => begun,
            () = &mut idle => Err(slow("idle")),
        };
        let request = match request {
            Ok(0) => return,
            Ok(begun) => tokio::select! {
                biased;
                request = read(&mut stream, header, begun, patience) => request,
                () = &mut stopping => return,
            },
            Err(error) => Err(error),
        };
        let request = match request {
            Ok(request) => request,
            Err(error) => return tracing::debug!(%error, "a KMIP connection ended"),
        };
        let answer = batch::respond(front, &known, request.expose()).await;
        if let Err(error) = write(&mut stream, &answer.message, patience).await {
            return tracing::debug!(%error, "a KMIP response could not be sent");
        }
        if answer.close {
            // Without it, TLS peers take the end for an attack.
            let _ = within(patience.message, stream.shutdown()).await;
            return;
        }
    }
}

/// The bytes of a message of whose header `begun` bytes have come.
async fn read<S: AsyncRead + Unpin>(
    stream: &mut S,
    mut header: [u8; ttlv::HEADER_LEN],
    begun: usize,
    patience: Patience,
) -> io::Result<SecretBytes> {
    let rest = async {
        // Invariant: no more was read than there is room for.
        stream.read_exact(header.get_mut(begun..).unwrap_or_default()).await?;
        let len = ttlv::message_len(&header, Limits::REQUEST)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
        let mut bytes = zeroized(len);
        let (start, body) = bytes.split_at_mut(ttlv::HEADER_LEN.min(len));
        start.copy_from_slice(header.get(..start.len()).unwrap_or_default());
        stream.read_exact(body).await?;
        Ok(SecretBytes::from(bytes))
    };
    within(patience.message, rest).await.map_err(|_| slow("a message"))?
}

async fn write<S: AsyncWrite + Unpin>(
    stream: &mut S,
    message: &SecretBytes,
    patience: Patience,
) -> io::Result<()> {
    let send = async {
        stream.write_all(message.expose()).await?;
        stream.flush().await
    };
    within(patience.message, send).await.map_err(|_| slow("an answer"))?
}

/// Requests may hold keys, and the buffer must not outlive them.
fn zeroized(len: usize) -> zeroize::Zeroizing<Vec<u8>> {
    zeroize::Zeroizing::new(vec![0; len])
}

fn slow(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("{what} took too long"))
}
