//! Lets the event stream use the same HTTP client, and thus the same TLS, as everything else.

use futures_util::StreamExt;
use launchdarkly_sdk_transport::{
    ByteStream, HttpTransport, Request, Response, ResponseFuture, TransportError,
};
use sync_wrapper::{SyncFuture, SyncStream};

/// The transport of [`eventsource_client`] over reqwest.
#[derive(Clone)]
pub(super) struct OverReqwest(pub reqwest::Client);

impl HttpTransport for OverReqwest {
    fn request(&self, request: Request<Option<axum::body::Bytes>>) -> ResponseFuture {
        let client = self.0.clone();
        // The trait wants `Sync` futures; reqwest's are only `Send`.
        Box::pin(SyncFuture::new(async move {
            let (parts, body) = request.into_parts();
            let url = parts.uri.to_string();
            let mut sent = client.request(parts.method, url).headers(parts.headers);
            if let Some(body) = body {
                sent = sent.body(body);
            }
            let answer = sent.send().await.map_err(TransportError::new)?;
            let mut response = Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                headers.clone_from(answer.headers());
            }
            let bytes = answer.bytes_stream().map(|chunk| chunk.map_err(TransportError::new));
            let body: ByteStream = Box::pin(SyncStream::new(bytes));
            response.body(body).map_err(TransportError::new)
        }))
    }
}
