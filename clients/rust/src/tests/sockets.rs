//! What only a socket shows: TLS, Unix sockets, an address where nobody listens.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Response};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::fake::framed;
use crate::v1::Vm;
use crate::{Client, Error, RetryPolicy, Tls};

/// Answers every request with a VM, and hands on its headers.
async fn serve(
    io: impl AsyncRead + AsyncWrite + Unpin,
    received: mpsc::UnboundedSender<HeaderMap>,
) -> Result<(), h2::Error> {
    let mut connection = h2::server::handshake(io).await?;
    while let Some(request) = connection.accept().await {
        let (request, mut respond) = request?;
        let _ = received.send(request.headers().clone());
        let mut response = Response::new(());
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
        let mut body = respond.send_response(response, false)?;
        body.send_data(framed(&Vm { name: "projects/p/vms/v".to_owned(), ..Default::default() }), false)?;
        body.send_trailers(HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static("0"))]))?;
    }
    Ok(())
}

struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.self_signed(&key).unwrap(), issuer: Issuer::new(params, key) }
    }

    fn issue(&self, name: &str) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        Arc::new(roots)
    }
}

/// A server by the name `control.example`, which lets in only clients of the same authority. Its address.
async fn tls_server(authority: &Authority, received: mpsc::UnboundedSender<HeaderMap>) -> String {
    let (certificate, key) = authority.issue("control.example");
    let verifier = WebPkiClientVerifier::builder(authority.roots()).build().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_client_cert_verifier(verifier);
    let mut config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let (acceptor, listener) = (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            // A handshake that fails is for the client to report.
            if let Ok(io) = acceptor.accept(io).await {
                tokio::spawn(serve(io, received.clone()));
            }
        }
    });
    address
}

async fn name_of_vm(address: &str, tls: Tls) -> Result<String, Error> {
    let builder = Client::builder().address(address).tls(tls).token("secret").retry(RetryPolicy::none());
    builder.connect().await?.vms().get("p/v").await.map(|vm| vm.name)
}

fn refuses(answer: Result<String, Error>, says: &str) {
    let Err(Error::Unavailable(refusal)) = answer else { panic!("{answer:?}") };
    assert!(refusal.message.contains(says), "{refusal}");
}

#[tokio::test]
async fn tls_to_a_server_without_it_has_a_sentence_of_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, _received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            tokio::spawn(serve(io, sender.clone()));
        }
    });
    let tls = Tls::new().authority(Authority::new().certificate.pem()).server_name("control.example");
    refuses(name_of_vm(&address, tls).await, "speaks plain text");
}

#[tokio::test]
async fn both_sides_prove_themselves_and_the_token_is_sent() {
    let (authority, (sender, mut received)) = (Authority::new(), mpsc::unbounded_channel());
    let address = tls_server(&authority, sender).await;
    let (certificate, key) = authority.issue("client.example");
    let trusting = Tls::new().authority(authority.certificate.pem()).server_name("control.example");
    let known = trusting.clone().identity(certificate.pem(), key.serialize_pem());
    assert_eq!(name_of_vm(&address, known.clone()).await.unwrap(), "projects/p/vms/v");
    assert_eq!(received.recv().await.unwrap()["authorization"], "Bearer secret");

    let of_another = known.clone().server_name("elsewhere.example");
    let untrusted = known.clone().authority(Authority::new().certificate.pem());
    for (refused, says) in [
        (trusting, "takes client certificates alone"),
        (of_another, "is for another name"),
        (untrusted, "an authority that is not trusted here"),
    ] {
        refuses(name_of_vm(&address, refused).await, says);
    }
    let plain = Client::builder().address(&*address).retry(RetryPolicy::none()).connect().await.unwrap();
    refuses(plain.vms().get("p/v").await.map(|vm| vm.name), "took no plain text");
    assert!(received.try_recv().is_err(), "a call came through without proof");
}

#[tokio::test]
async fn a_unix_socket_is_an_address_and_the_next_after_one_where_nobody_listens() {
    let folder = std::env::temp_dir().join(format!("chronovisor-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let listener = UnixListener::bind(folder.join("s")).unwrap();
    let (sender, mut received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            tokio::spawn(serve(io, sender.clone()));
        }
    });
    let address = format!("unix:{}", folder.join("s").display());
    let builder = Client::builder().address("127.0.0.1:1").address(address).actor("service:test");
    let vm = builder.connect().await.unwrap().vms().get("p/v").await;
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(vm.unwrap().name, "projects/p/vms/v");
    assert_eq!(received.recv().await.unwrap()["chronovisor-actor"], "service:test");
}
