//! What a caller proves itself with: a token that is fixed, in a file, or requested anew for every call.

use std::error::Error as StdError;
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use http::HeaderValue;
use tonic::Status;

type BoxError = Box<dyn StdError + Send + Sync>;
type Provider = dyn Fn() -> BoxFuture<'static, Result<String, BoxError>> + Send + Sync;

#[derive(Clone)]
pub(crate) enum Token {
    Fixed(String),
    File(Arc<TokenFile>),
    Provided(Arc<Provider>),
}

/// A file that another program keeps fresh. It is read again when it has changed.
pub(crate) struct TokenFile {
    path: PathBuf,
    known: Mutex<Option<Known>>,
}

struct Known {
    modified: SystemTime,
    length: u64,
    token: String,
}

impl TokenFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, known: Mutex::new(None) }
    }

    fn token(&self) -> io::Result<String> {
        let found = fs::metadata(&self.path)?;
        let (modified, length) = (found.modified()?, found.len());
        let mut known = self.known.lock().expect("no holder panics");
        if let Some(known) = known.as_ref().filter(|known| known.modified == modified && known.length == length) {
            return Ok(known.token.clone());
        }
        let token = fs::read_to_string(&self.path)?.trim().to_owned();
        if token.is_empty() || !token.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            let text = format!("{}: a token must be printable ASCII, in one line", self.path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        *known = Some(Known { modified, length, token: token.clone() });
        Ok(token)
    }
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
            Self::File(file) => file.token().map_err(|error| Status::unauthenticated(format!("no token: {error}")))?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_read_again_when_it_has_changed() {
        let path = std::env::temp_dir().join(format!("chronovisor-{}", uuid::Uuid::new_v4()));
        let token = Token::File(Arc::new(TokenFile::new(path.clone())));
        assert!(token.header().await.is_err(), "there is no file");
        for text in ["first\n", "second one\n"] {
            fs::write(&path, text).unwrap();
            for _ in 0..2 {
                assert_eq!(token.header().await.unwrap(), format!("Bearer {}", text.trim()));
            }
        }
        fs::write(&path, "two\nlines").unwrap();
        let refused = token.header().await.unwrap_err();
        fs::remove_file(&path).unwrap();
        assert!(refused.message().contains("in one line"), "{refused}");
    }
}
