//! What a caller proves itself with: a token that is fixed, or requested anew for every call.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::HeaderValue;
use tonic::Status;

type BoxError = Box<dyn StdError + Send + Sync>;
type Provider = dyn Fn() -> BoxFuture<'static, Result<String, BoxError>> + Send + Sync;

#[derive(Clone)]
pub(crate) enum Token {
    Fixed(String),
    Provided(Arc<Provider>),
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token")
    }
}

impl Token {
    pub(crate) async fn header(&self) -> Result<HeaderValue, Status> {
        let text = match self {
            Self::Fixed(text) => text.clone(),
            Self::Provided(provider) => {
                provider().await.map_err(|error| Status::unauthenticated(format!("no token: {error}")))?
            }
        };
        let mut value = HeaderValue::try_from(format!("Bearer {text}"))
            .map_err(|_| Status::unauthenticated("the token has characters that cannot be sent"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}
