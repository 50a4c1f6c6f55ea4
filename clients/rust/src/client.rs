//! One connection to a control plane: any method by its request, and generated stubs beside it.

use std::future::IntoFuture;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue};
use tonic_prost::ProstCodec;

use crate::bodies::MOST_BYTES;
use crate::connecting::Builder;
use crate::longrunning::operations_client::OperationsClient;
use crate::methods::{Command, Listing, Unary};
use crate::operation::Operation;
use crate::pager::Pager;
use crate::retry::RetryPolicy;
use crate::transport::{LONGEST_TIMEOUT, Transport};
use crate::v1::access_service_client::AccessServiceClient;
use crate::v1::history_service_client::HistoryServiceClient;
use crate::v1::host_service_client::HostServiceClient;
use crate::v1::metrics_service_client::MetricsServiceClient;
use crate::v1::network_service_client::NetworkServiceClient;
use crate::v1::privacy_service_client::PrivacyServiceClient;
use crate::v1::project_service_client::ProjectServiceClient;
use crate::v1::service_account_service_client::ServiceAccountServiceClient;
use crate::v1::utilization_service_client::UtilizationServiceClient;
use crate::v1::vm_service_client::VmServiceClient;
use crate::watch::{Watch, Watchable};
use crate::{Error, longrunning};

/// A control plane. Cheap to clone; clones share the connection.
///
/// Every call carries the actor, has a deadline, gets a `request_id` where it changes something and has none, is tried
/// again while the server is UNAVAILABLE, and fails with an [`Error`].
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
}

impl Client {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// A client as the environment says. Nothing is sent before its first call.
    ///
    /// | variable | what it is |
    /// | --- | --- |
    /// | `CHRONOVISOR_SERVER` | addresses, `host:port`, comma separated; `127.0.0.1:7460` when not set |
    /// | `CHRONOVISOR_CA_FILE` | the authority of the server's certificate; connects by TLS |
    /// | `CHRONOVISOR_CERT_FILE`, `CHRONOVISOR_KEY_FILE` | the client's own certificate; connects by TLS |
    /// | `CHRONOVISOR_TOKEN` | what the caller proves itself with |
    /// | `CHRONOVISOR_TOKEN_FILE` | a file of it, read again when it has changed |
    pub async fn connect() -> Result<Self, Error> {
        Self::builder().connect().await
    }

    /// A client with options of its own.
    ///
    /// ```
    /// # async fn example() -> Result<(), chronovisor::Error> {
    /// let client = chronovisor::Client::builder()
    ///     .address("10.0.0.1:7460")
    ///     .address("10.0.0.2:7460")
    ///     .actor("service:nightly")
    ///     .connect()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Calls the method that the request is of. Set its options before it is awaited.
    ///
    /// ```no_run
    /// # async fn example(client: chronovisor::Client) -> Result<(), chronovisor::Error> {
    /// use chronovisor::v1::GetVmRequest;
    ///
    /// let request = GetVmRequest { name: "projects/shop/vms/web-1".into(), at_position: 1_000, ..Default::default() };
    /// let vm = client.call(request).timeout(std::time::Duration::from_secs(1)).await?;
    /// # Ok(()) }
    /// ```
    pub fn call<R: Unary>(&self, request: R) -> Call<R> {
        Call { client: self.clone(), request: tonic::Request::new(request) }
    }

    /// Calls a method that answers with an operation.
    ///
    /// ```no_run
    /// # async fn example(client: chronovisor::Client) -> Result<(), chronovisor::Error> {
    /// use chronovisor::v1::StopVmRequest;
    ///
    /// let request = StopVmRequest {
    ///     name: "projects/shop/vms/web-1".into(),
    ///     reason: "maintenance".into(),
    ///     grace_period: Some(prost_types::Duration { seconds: 5, nanos: 0 }),
    ///     ..Default::default()
    /// };
    /// let stopped = client.run(request).await?.wait().await?;
    /// # Ok(()) }
    /// ```
    pub async fn run<R: Command>(&self, request: R) -> Result<Operation<R::Outcome>, Error> {
        let state = self.call(request).await?;
        Ok(Operation::new(self.clone(), state))
    }

    /// The operation of that name, `operations/{operation}` or its id, which ends with a `T`. Nothing is sent before it is
    /// waited for.
    pub fn operation<T>(&self, name: &str) -> Result<Operation<T>, Error> {
        let state = longrunning::Operation { name: crate::names::operation(name)?, ..Default::default() };
        Ok(Operation::new(self.clone(), state))
    }

    /// The items of a list method over all pages. `page_size` says how many come at once.
    ///
    /// ```no_run
    /// # async fn example(client: chronovisor::Client) -> Result<(), chronovisor::Error> {
    /// use chronovisor::v1::ListVmsRequest;
    ///
    /// let mut vms = client.list(ListVmsRequest { parent: "projects/-".into(), ..Default::default() });
    /// while let Some(vm) = vms.next().await {
    ///     println!("{}", vm?.name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list<R: Listing>(&self, request: R) -> Pager<R::Item> {
        let client = self.clone();
        Pager::new(move |token| {
            let (client, mut request) = (client.clone(), request.clone());
            async move {
                if !token.is_empty() {
                    request.set_page_token(token);
                }
                client.call(request).await.map(R::page)
            }
        })
    }

    /// What a stream of changes gives, over every interruption.
    ///
    /// ```no_run
    /// # async fn example(client: chronovisor::Client) -> Result<(), chronovisor::Error> {
    /// use chronovisor::v1::WatchEventsRequest;
    ///
    /// let mut events = client.watch(WatchEventsRequest { after_position: 1_000, ..Default::default() });
    /// while let Some(event) = events.next().await {
    ///     println!("{}", event?.position);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn watch<R: Watchable>(&self, mut request: R) -> Watch<R::Item> {
        request.prepare();
        let client = self.clone();
        let begin = move |resume: crate::watch::Resume| {
            let (mut grpc, mut request) = (client.grpc(), request.clone());
            async move {
                if let Some(resource) = &resume.resource {
                    request.set_resource(resource.clone());
                }
                if let Some(position) = resume.position {
                    request.set_position(position);
                }
                let mut request = tonic::Request::new(request);
                resume.add_to(request.metadata_mut());
                grpc.server_streaming(request, PathAndQuery::from_static(R::PATH), ProstCodec::default()).await
            }
        };
        Watch::new(begin, R::part, self.retry().clone())
    }

    /// What generated stubs, also those of other protos, are made with: `VmServiceClient::new(client.transport())`.
    pub fn transport(&self) -> Transport {
        self.transport.clone()
    }

    /// When a call is tried again.
    pub fn retry(&self) -> &RetryPolicy {
        self.transport.retry()
    }

    /// For methods whose messages are known by their descriptors alone, with a codec of its own.
    pub fn grpc(&self) -> Grpc<Transport> {
        Grpc::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }
}

/// The generated stubs.
impl Client {
    /// Of `VmService`.
    pub fn vm_service(&self) -> VmServiceClient<Transport> {
        VmServiceClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }

    /// Of `AccessService`.
    pub fn access_service(&self) -> AccessServiceClient<Transport> {
        AccessServiceClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }

    /// Of `HostService`.
    pub fn host_service(&self) -> HostServiceClient<Transport> {
        HostServiceClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }

    /// Of `MetricsService`.
    pub fn metrics_service(&self) -> MetricsServiceClient<Transport> {
        MetricsServiceClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }

    /// Of `NetworkService`.
    pub fn network_service(&self) -> NetworkServiceClient<Transport> {
        NetworkServiceClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }

    /// Of `PrivacyService`.
    pub fn privacy_service(&self) -> PrivacyServiceClient<Transport> {
        PrivacyServiceClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }

    /// Of `ProjectService`.
    pub fn project_service(&self) -> ProjectServiceClient<Transport> {
        ProjectServiceClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }

    /// Of `ServiceAccountService`.
    pub fn service_account_service(&self) -> ServiceAccountServiceClient<Transport> {
        ServiceAccountServiceClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }

    /// Of `UtilizationService`.
    pub fn utilization_service(&self) -> UtilizationServiceClient<Transport> {
        UtilizationServiceClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }

    /// Of `HistoryService`.
    pub fn history_service(&self) -> HistoryServiceClient<Transport> {
        HistoryServiceClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }

    /// Of `google.longrunning.Operations`.
    pub fn operations_service(&self) -> OperationsClient<Transport> {
        OperationsClient::new(self.transport()).max_decoding_message_size(MOST_BYTES)
    }
}

/// A call that is not made yet: await it.
#[must_use = "nothing is sent before it is awaited"]
#[derive(Debug)]
pub struct Call<R> {
    client: Client,
    request: tonic::Request<R>,
}

impl<R: Unary> Call<R> {
    /// How long it may last with all its attempts, instead of the client's timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request.set_timeout(timeout.min(LONGEST_TIMEOUT));
        self
    }

    /// Sends metadata along.
    pub fn metadata(mut self, key: AsciiMetadataKey, value: AsciiMetadataValue) -> Self {
        self.request.metadata_mut().insert(key, value);
        self
    }
}

impl<R: Unary> IntoFuture for Call<R> {
    type Output = Result<R::Response, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let path = PathAndQuery::from_static(R::PATH);
            let codec: ProstCodec<R, R::Response> = ProstCodec::default();
            Ok(self.client.grpc().unary(self.request, path, codec).await?.into_inner())
        })
    }
}
