//! How a client comes to its connection: addresses, TLS, and what it says of itself. Sends nothing.

use std::env;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use crate::retry::RetryPolicy;
use crate::token::{Token, TokenFile};
use crate::transport::{Manners, Route, Transport};
use crate::{Client, Error};

const DEFAULT_SERVER: &str = "127.0.0.1:7460";
/// How soon a peer that is gone without a word is noticed. A server ends the connections of those that ping each 5 s or
/// oftener.
const PING_EVERY: Duration = Duration::from_secs(15);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Of one address: the next one is to have its turn within a call's deadline.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// Of a stream, and of all of a connection: lists and watches are large.
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// How the control plane proves that it is the one, and how the caller does.
#[derive(Clone, Default)]
pub struct Tls {
    authority: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    server_name: Option<String>,
}

impl Tls {
    /// Trusts the authorities that the system trusts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts this authority alone: a certificate in PEM.
    pub fn authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authority = Some(pem.into());
        self
    }

    /// The client's own certificate and its key, in PEM.
    pub fn identity(mut self, certificate_pem: impl Into<Vec<u8>>, key_pem: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((certificate_pem.into(), key_pem.into()));
        self
    }

    /// The name that the server's certificate has, where that is not its address.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// From the files that `CHRONOVISOR_CA_FILE`, `CHRONOVISOR_CERT_FILE` and `CHRONOVISOR_KEY_FILE` name. None where none
    /// is set.
    fn from_environment() -> Result<Option<Self>, Error> {
        let read = |variable: &str| match env::var_os(variable).filter(|path| !path.is_empty()) {
            None => Ok(None),
            Some(path) => std::fs::read(Path::new(&path))
                .map(Some)
                .map_err(|error| Error::Configuration(format!("{variable}: {}: {error}", path.display()))),
        };
        let (authority, certificate) = (read("CHRONOVISOR_CA_FILE")?, read("CHRONOVISOR_CERT_FILE")?);
        let identity = match (certificate, read("CHRONOVISOR_KEY_FILE")?) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((certificate, key)),
            _ => {
                let text = "CHRONOVISOR_CERT_FILE and CHRONOVISOR_KEY_FILE go together: set both, or none";
                return Err(Error::Configuration(text.to_owned()));
            }
        };
        let is_set = authority.is_some() || identity.is_some();
        Ok(is_set.then_some(Self { authority, identity, server_name: None }))
    }

    fn config(&self) -> ClientTlsConfig {
        let mut config = match &self.authority {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        if let Some((certificate, key)) = &self.identity {
            config = config.identity(Identity::from_pem(certificate, key));
        }
        if let Some(name) = &self.server_name {
            config = config.domain_name(name);
        }
        config
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the key.
        out.debug_struct("Tls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

/// A client to be. What is left out comes from the environment; see [`Client::connect`].
#[derive(Debug, Default)]
pub struct Builder {
    addresses: Vec<String>,
    actor: Option<String>,
    timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
    tls: Option<Tls>,
    token: Option<Token>,
}

impl Builder {
    /// Adds an address: `host:port`, or `unix:/path`. Several are tried in their order, and the next one where one cannot be
    /// connected to, or is UNAVAILABLE.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.addresses.push(address.into());
        self
    }

    /// Who calls, as `user:NAME` or `service:NAME`; by default the user that runs the program. Self-declared: where the server
    /// knows the caller by a token or a certificate, that counts.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// How long a unary call with all its attempts may last; 10 s by default. Watches have no deadline.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// When a call is tried again.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Connects by TLS. Without it, and without certificates in the environment: plain text.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Proves the caller by a token, `authorization: Bearer TOKEN`. Never over plain text, but to this machine itself.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Token::Fixed(token.into()));
        self
    }

    /// As [`token`](Self::token), in a file that another program keeps fresh: it is read again when it has changed.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token = Some(Token::File(Arc::new(TokenFile::new(path.into()))));
        self
    }

    /// As [`token`](Self::token), requested anew for every call. Where the server no longer takes it, and there is another
    /// one by then, the call is repeated once.
    pub fn token_provider<P, F>(mut self, provider: P) -> Self
    where
        P: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<String, Box<dyn StdError + Send + Sync>>> + Send + 'static,
    {
        self.token = Some(Token::Provided(Arc::new(move || Box::pin(provider()))));
        self
    }

    /// The client. Nothing is sent before its first call, so that a server may come later.
    ///
    /// Fails with [`Error::Configuration`] where an address, a certificate, the actor or the token cannot be used.
    #[expect(clippy::unused_async, reason = "the connections need the runtime that awaits this")]
    pub async fn connect(self) -> Result<Client, Error> {
        let tls = match self.tls {
            Some(tls) => Some(tls),
            None => Tls::from_environment()?,
        };
        let of_file = |path: String| Token::File(Arc::new(TokenFile::new(path.into())));
        let token = self
            .token
            .or_else(|| variable("CHRONOVISOR_TOKEN").map(Token::Fixed))
            .or_else(|| variable("CHRONOVISOR_TOKEN_FILE").map(of_file));
        let addresses = if self.addresses.is_empty() { addresses_from_environment() } else { self.addresses };
        let mut routes: Vec<(String, Box<dyn Route>)> = Vec::new();
        for address in addresses {
            if token.is_some() && tls.is_none() && !is_local(&address) {
                return Err(Error::Configuration(format!(
                    "a token is not sent over plain text to {address}: give TLS options, or CHRONOVISOR_CA_FILE"
                )));
            }
            let endpoint = endpoint(&address, tls.as_ref())
                .map_err(|error| Error::Configuration(format!("{address}: {}", crate::bodies::chain(&*error))))?;
            routes.push((address, Box::new(endpoint.connect_lazy())));
        }
        let mut manners = manners(self.actor, token, self.timeout, self.retry)?;
        manners.secure = tls.is_some();
        Ok(Client::new(Transport::new(routes, manners)))
    }
}

pub(crate) fn manners(
    actor: Option<String>,
    token: Option<Token>,
    timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
) -> Result<Manners, Error> {
    let actor = actor.unwrap_or_else(|| format!("user:{}", login()));
    let rule = || Error::Configuration(format!("the actor must be printable ASCII, such as user:alice, not {actor:?}"));
    Ok(Manners {
        actor: HeaderValue::from_str(&actor).map_err(|_| rule())?,
        token,
        secure: false,
        timeout: timeout.unwrap_or(Duration::from_secs(10)),
        retry: retry.unwrap_or_default(),
    })
}

fn addresses_from_environment() -> Vec<String> {
    let given = variable("CHRONOVISOR_SERVER").unwrap_or_default();
    let found: Vec<_> = given.split(',').map(str::trim).filter(|each| !each.is_empty()).map(str::to_owned).collect();
    if found.is_empty() { vec![DEFAULT_SERVER.to_owned()] } else { found }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

fn endpoint(address: &str, tls: Option<&Tls>) -> Result<Endpoint, Box<dyn StdError + Send + Sync>> {
    let uri = match address.strip_prefix("unix:") {
        Some(path) => format!("unix://{path}"),
        None => format!("{}://{address}", if tls.is_some() { "https" } else { "http" }),
    };
    let mut endpoint = Endpoint::from_shared(uri)?
        .user_agent(concat!("chronovisor-rust/", env!("CARGO_PKG_VERSION")))?
        .connect_timeout(CONNECT_WITHIN)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(ANSWER_WITHIN)
        // Without a call, nobody waits for anything.
        .keep_alive_while_idle(false)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    if let (Some(tls), false) = (tls, address.starts_with("unix:")) {
        endpoint = endpoint.tls_config(tls.config())?;
    }
    Ok(endpoint)
}

/// Whether what is sent there stays on this machine.
fn is_local(address: &str) -> bool {
    if address.starts_with("unix:") {
        return true;
    }
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The login name of the user that runs the program.
fn login() -> String {
    let named = ["LOGNAME", "USER", "LNAME", "USERNAME"].iter().find_map(|each| variable(each));
    named.or_else(login_by_uid).unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(unix)]
fn login_by_uid() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

#[cfg(not(unix))]
fn login_by_uid() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stays_on_this_machine_without_tls() {
        for address in ["127.0.0.1:1", "[::1]:7460", "localhost:7460", "unix:/run/chronovisor.sock"] {
            assert!(is_local(address), "{address}");
        }
        for address in ["10.0.0.1:7460", "control.example:7460", "[2001:db8::1]:7460", "localhost.example:1"] {
            assert!(!is_local(address), "{address}");
        }
    }

    #[tokio::test]
    async fn a_token_over_plain_text_to_elsewhere_is_refused() {
        let refused = Client::builder().address("control.example:7460").token("x").connect().await;
        assert!(matches!(refused, Err(Error::Configuration(text)) if text.contains("plain text")));
        let allowed = Client::builder().address("control.example:7460").token("x").tls(Tls::new()).connect().await;
        assert!(allowed.is_ok(), "{allowed:?}");
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_refused() {
        let actor = Client::builder().actor("user:ä\n").connect().await;
        assert!(matches!(actor, Err(Error::Configuration(text)) if text.contains("printable")));
        let address = Client::builder().address("not an address").connect().await;
        assert!(matches!(address, Err(Error::Configuration(text)) if text.starts_with("not an address")));
        let tls = Tls::new().authority("not PEM").identity("not PEM", "neither");
        let tls = Client::builder().address("127.0.0.1:1").tls(tls).connect().await;
        assert!(matches!(tls, Err(Error::Configuration(_))));
    }

    #[test]
    fn somebody_runs_the_program() {
        assert!(!login().is_empty());
    }
}
