//! Calls of the API by the full names of methods, through the client. It knows no method but the watches.

use std::sync::LazyLock;
use std::time::Duration;

use chronovisor::v1::{
    Host, Image, ProveEventRequest, Rebalance, Vm, WatchEventsRequest, WatchUtilizationRequest, WatchVmsRequest,
};
use chronovisor::verify::check_inclusion;
use chronovisor::watch::Watchable;
use chronovisor::{Client, Error, Pager, RetryPolicy, Tls, code_name};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use prost::{Message as _, Name};
use prost_reflect::{
    DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions, Value as Field,
};
use serde_json::{Value, json};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};

use crate::patterns::number;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(&include_bytes!("../generated/api.binpb")[..]).expect("the descriptors are generated")
});

/// Why a step failed: the client's error, which a scenario may expect, or a scenario that cannot be carried out.
pub enum Failed {
    Refused(Value),
    Broken(String),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Refused(refusal_of(&error))
    }
}

impl From<Status> for Failed {
    fn from(status: Status) -> Self {
        Error::from(status).into()
    }
}

impl From<String> for Failed {
    fn from(why: String) -> Self {
        Self::Broken(why)
    }
}

/// From the files that a scenario names. None where it names none.
fn tls_of(options: &Value) -> Option<Tls> {
    let read = |key: &str| options[key].as_str().map(|path| std::fs::read(path).expect("the conductor wrote it"));
    let (authority, certificate, key) = (read("ca_file"), read("cert_file"), read("key_file"));
    let mut tls = Tls::new().authority(authority?);
    if let (Some(certificate), Some(key)) = (certificate, key) {
        tls = tls.identity(certificate, key);
    }
    Some(tls)
}

/// A client, called by the names of methods. Requests and responses are JSON.
#[derive(Clone)]
pub struct Calls {
    client: Client,
}

impl Calls {
    /// With the options of a scenario's `connect`.
    pub async fn connect(server: &str, options: &Value) -> Result<Self, Error> {
        let mut builder = Client::builder();
        for address in options["server"].as_str().unwrap_or(server).split(',') {
            builder = builder.address(address.trim());
        }
        if let Some(actor) = options["actor"].as_str() {
            builder = builder.actor(actor);
        }
        if let Some(timeout) = seconds(&options["timeout_s"]) {
            builder = builder.timeout(timeout);
        }
        if let Some(attempts) = number(&options["attempts"]) {
            builder = builder.retry(RetryPolicy { attempts: attempts as u32, ..RetryPolicy::default() });
        }
        if let Some(token) = options["token"].as_str() {
            builder = builder.token(token);
        }
        if let Some(path) = options["token_file"].as_str() {
            builder = builder.token_file(path);
        }
        if let Some(tls) = tls_of(options) {
            builder = builder.tls(tls);
        }
        Ok(Self { client: builder.connect().await? })
    }

    pub async fn unary(&self, name: &str, request: &Value, timeout: Option<Duration>) -> Result<Value, Failed> {
        let method = method_of(name)?;
        let request = with_timeout(Request::new(message_of(method.input(), request)?), timeout);
        let response = self.client.grpc().unary(request, path_of(&method), DynamicCodec::of(&method)).await?;
        Ok(json_of(&response.into_inner()))
    }

    /// What the operation came to: its VM, its host, its image, or what became of a rebalance.
    pub async fn wait(&self, operation: &str, timeout: Option<Duration>) -> Result<Value, Failed> {
        if operation.starts_with("operations/hosts.") {
            return self.ended::<Host>(operation, timeout).await;
        }
        if operation.starts_with("operations/images.") {
            return self.ended::<Image>(operation, timeout).await;
        }
        if operation.starts_with("operations/rebalances.") {
            return self.ended::<Rebalance>(operation, timeout).await;
        }
        self.ended::<Vm>(operation, timeout).await
    }

    async fn ended<T: Name + Default>(&self, operation: &str, timeout: Option<Duration>) -> Result<Value, Failed> {
        let operation = self.client.operation::<T>(operation)?;
        let found = match timeout {
            Some(timeout) => operation.wait_for(timeout).await?,
            None => operation.wait().await?,
        };
        Ok(json_of_typed(&found))
    }

    /// All items of a list, of all pages.
    pub async fn items(&self, name: &str, request: &Value, field: &str) -> Result<Vec<Value>, Failed> {
        let method = method_of(name)?;
        let first = message_of(method.input(), request)?;
        let (client, field) = (self.client.clone(), field.to_owned());
        let pager = Pager::new(move |token| {
            let (mut grpc, mut request, method, field) = (client.grpc(), first.clone(), method.clone(), field.clone());
            async move {
                if !token.is_empty() {
                    request.set_field_by_name("page_token", Field::String(token));
                }
                let page = grpc.unary(Request::new(request), path_of(&method), DynamicCodec::of(&method)).await?;
                let mut page = json_of(&page.into_inner());
                let items = page[field].as_array_mut().map(std::mem::take).unwrap_or_default();
                Ok((items, page["nextPageToken"].as_str().unwrap_or_default().to_owned()))
            }
        });
        Ok(pager.all().await?)
    }

    /// The responses of a streaming call, up to its end or the first `count` of them.
    pub async fn stream(
        &self,
        name: &str,
        requests: &[Value],
        count: Option<usize>,
        timeout: Option<Duration>,
    ) -> Result<Vec<Value>, Failed> {
        let method = method_of(name)?;
        let sent = requests.iter().map(|request| message_of(method.input(), request)).collect::<Result<Vec<_>, _>>()?;
        let mut grpc = self.client.grpc();
        let (path, codec) = (path_of(&method), DynamicCodec::of(&method));
        let mut responses = if method.is_client_streaming() {
            // With a count, the sending side stays open until so many have come.
            let open = if count.is_some() { stream::pending().left_stream() } else { stream::empty().right_stream() };
            let request = with_timeout(Request::new(stream::iter(sent).chain(open)), timeout);
            grpc.streaming(request, path, codec).await?.into_inner()
        } else {
            let only = sent.into_iter().next().ok_or_else(|| format!("{name} takes a request"))?;
            grpc.server_streaming(with_timeout(Request::new(only), timeout), path, codec).await?.into_inner()
        };
        let mut found = Vec::new();
        while count.is_none_or(|count| found.len() < count) {
            match responses.message().await? {
                Some(response) => found.push(json_of(&response)),
                None => break,
            }
        }
        Ok(found)
    }

    /// The client's own watch of that method: it resumes by itself.
    pub fn watch(&self, name: &str, request: &Value) -> Result<BoxStream<'static, Result<Value, Error>>, Failed> {
        let method = method_of(name)?;
        let request = message_of(method.input(), request)?;
        match method.name() {
            "WatchEvents" => self.watch_of::<WatchEventsRequest>(&request),
            "WatchVms" => self.watch_of::<WatchVmsRequest>(&request),
            "WatchUtilization" => self.watch_of::<WatchUtilizationRequest>(&request),
            _ => Err(format!("{name} is no watch").into()),
        }
    }

    fn watch_of<R>(&self, request: &DynamicMessage) -> Result<BoxStream<'static, Result<Value, Error>>, Failed>
    where
        R: Watchable,
        R::Item: Name,
    {
        let request: R = request.transcode_to().map_err(|error| error.to_string())?;
        Ok(self.client.watch(request).map(|item| item.map(|item| json_of_typed(&item))).boxed())
    }

    /// Whether the ledger proves the event at a position. With `tamper`, a byte of it is changed before.
    pub async fn prove(&self, position: i64, tamper: bool) -> Result<bool, Failed> {
        let mut proof = self.client.call(ProveEventRequest { position }).await?;
        if tamper && let Some(last) = proof.leaf.last_mut() {
            *last ^= 1;
        }
        Ok(check_inclusion(&proof).is_ok())
    }
}

pub fn seconds(value: &Value) -> Option<Duration> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).map(Duration::from_secs_f64)
}

/// What a scenario can expect of an error.
pub fn refusal_of(error: &Error) -> Value {
    if let Error::WaitTimeout { .. } = error {
        return json!({"code": "DEADLINE_EXCEEDED", "message": error.to_string(), "fields": []});
    }
    let Some(refusal) = error.refusal() else {
        return json!({"code": "UNKNOWN", "message": error.to_string(), "fields": []});
    };
    json!({
        "code": code_name(refusal.code),
        "reason": refusal.reason,
        "message": refusal.message,
        "fields": refusal.violations.iter().map(|each| each.field.as_str()).collect::<Vec<_>>(),
        "metadata": refusal.metadata,
        "retry_delay_s": refusal.retry_delay.unwrap_or_default().as_secs_f64(),
    })
}

fn method_of(name: &str) -> Result<MethodDescriptor, String> {
    let found = name
        .split_once('/')
        .and_then(|(service, method)| POOL.get_service_by_name(service)?.methods().find(|each| each.name() == method));
    found.ok_or_else(|| format!("this client has no method {name}"))
}

fn path_of(method: &MethodDescriptor) -> PathAndQuery {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    PathAndQuery::try_from(path).expect("the name of a method is a path")
}

fn with_timeout<T>(mut request: Request<T>, timeout: Option<Duration>) -> Request<T> {
    if let Some(timeout) = timeout {
        request.set_timeout(timeout);
    }
    request
}

fn message_of(descriptor: MessageDescriptor, value: &Value) -> Result<DynamicMessage, String> {
    DynamicMessage::deserialize(descriptor, value).map_err(|error| error.to_string())
}

/// As proto JSON, with all that was not set.
fn json_of(message: &DynamicMessage) -> Value {
    let options = SerializeOptions::new().skip_default_fields(false);
    // An Any of a type that is not known has no JSON.
    message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .unwrap_or_else(|error| json!({"$error": error.to_string()}))
}

fn json_of_typed<M: Name>(message: &M) -> Value {
    let descriptor = POOL.get_message_by_name(&M::full_name()).expect("what is generated has a descriptor");
    json_of(&DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).expect("the types are the same"))
}

/// Of messages that are known by their descriptors.
struct DynamicCodec {
    response: MessageDescriptor,
}

impl DynamicCodec {
    fn of(method: &MethodDescriptor) -> Self {
        Self { response: method.output() }
    }
}

impl Codec for DynamicCodec {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = DynamicEncoder;
    type Decoder = DynamicDecoder;

    fn encoder(&mut self) -> DynamicEncoder {
        DynamicEncoder
    }

    fn decoder(&mut self) -> DynamicDecoder {
        DynamicDecoder(self.response.clone())
    }
}

struct DynamicEncoder;

impl Encoder for DynamicEncoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buffer).map_err(|error| Status::internal(error.to_string()))
    }
}

struct DynamicDecoder(MessageDescriptor);

impl Decoder for DynamicDecoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let decoded = DynamicMessage::decode(self.0.clone(), buffer);
        decoded.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
