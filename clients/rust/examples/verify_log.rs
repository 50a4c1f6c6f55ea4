//! Verifies a ledger from outside: that its seals are one chain, and that each event which the server lists is under one.
//!
//!     verify_log [--last N] [--expect BATCH:HASH]
//!
//! The server's word counts for nothing but its positions: hashes are made again here. The head that is printed is what to
//! keep elsewhere, and to give as `--expect` the next time: with it, a history that was written anew as a whole is found, too.
//! Exits with 0 where all holds, 1 where something does not, 2 where neither can be found out.

use std::env;
use std::process::ExitCode;

use chronovisor::events::v1::Event;
use chronovisor::v1::{GetSealRequest, ListEventsRequest, ProveEventRequest, Seal};
use chronovisor::verify::{Chain, NotProven, check_inclusion, check_seal};
use chronovisor::{Client, Error};
use futures_util::stream::{self, TryStreamExt as _};

/// Proofs that are requested at a time.
const AT_ONCE: usize = 16;

struct Options {
    /// Only so many of the last batches' events are proven; the chain is walked as a whole.
    last: Option<i64>,
    expect: Option<(i64, String)>,
}

fn options() -> Result<Options, String> {
    let (mut given, mut options) = (env::args().skip(1), Options { last: None, expect: None });
    while let Some(option) = given.next() {
        let value = given.next().ok_or(format!("{option} needs a value"))?;
        match option.as_str() {
            "--last" => options.last = Some(value.parse().map_err(|_| format!("--last: {value} is not a number"))?),
            "--expect" => {
                let (batch, hash) = value.split_once(':').ok_or("--expect: give BATCH:HASH, as was printed before")?;
                let batch = batch.parse().map_err(|_| format!("--expect: {batch} is not a number"))?;
                options.expect = Some((batch, hash.to_owned()));
            }
            _ => return Err(format!("{option} is not known; there are --last N and --expect BATCH:HASH")),
        }
    }
    Ok(options)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(text) => return end(2, &format!("verify_log: {text}")),
    };
    match verify(&options).await {
        Ok(verdict) => end(0, &verdict),
        Err(Error::NotProven(why)) => end(1, &format!("NOT VALID: {why}")),
        Err(error) => end(2, &format!("cannot say: {error}")),
    }
}

fn end(code: u8, text: &str) -> ExitCode {
    println!("{text}");
    ExitCode::from(code)
}

async fn verify(options: &Options) -> Result<String, Error> {
    let client = Client::connect().await?;
    // Up to what is there now, whatever comes meanwhile.
    let head = client.call(GetSealRequest { position: 0 }).await?;
    check_seal(&head)?;
    let proven_from = options.last.map_or(0, |last| head.batch - last);
    let (mut chain, mut proven) = (Chain::default(), 0);
    while chain.head().is_none_or(|last| last.batch < head.batch) {
        let after = chain.head().map_or(0, |last| last.position);
        let seal = client.call(GetSealRequest { position: after + 1 }).await?;
        let covered = chain.add(&seal)?.events;
        if let Some((_, hash)) =
            options.expect.as_ref().filter(|(batch, hash)| *batch == seal.batch && *hash != hex(&seal.hash))
        {
            return Err(NotProven(format!("seal {} has the hash {}, not {hash}", seal.batch, hex(&seal.hash))).into());
        }
        if seal.batch > proven_from {
            proven += prove_batch(&client, &seal, covered, after).await?;
        }
    }
    let last = chain.head().expect("the head is in the chain");
    if last.hash != head.hash {
        return Err(NotProven(format!("seal {} is another one than a moment ago", head.batch)).into());
    }
    if let Some((batch, _)) = options.expect.as_ref().filter(|(batch, _)| *batch > head.batch) {
        return Err(NotProven(format!("seal {batch} was there, and the last one is {}", head.batch)).into());
    }
    Ok(format!("valid: {} seals, {proven} events proven; head {}:{}", head.batch, head.batch, hex(&head.hash)))
}

/// Proves each event of a batch, and that there are as many as its seal says. Returns how many.
async fn prove_batch(client: &Client, seal: &Seal, covered: i64, after: i64) -> Result<usize, Error> {
    let request = ListEventsRequest {
        after_position: after,
        to_position: seal.last_position,
        page_size: 1000,
        ..Default::default()
    };
    let events = client.list(request).all().await?;
    if i64::try_from(events.len()) != Ok(covered) {
        let text = format!("seal {} covers {covered} events, and the server lists {}", seal.batch, events.len());
        return Err(NotProven(text).into());
    }
    // In the order of the ledger, so that each has a place of its own.
    let placed = (0..).zip(&events).map(Ok::<_, Error>);
    stream::iter(placed).try_for_each_concurrent(AT_ONCE, |(place, event)| prove(client, seal, place, event)).await?;
    Ok(events.len())
}

/// That the event, as it is listed, has this place under this seal of the chain.
async fn prove(client: &Client, seal: &Seal, place: i64, event: &Event) -> Result<(), Error> {
    let proof = client.call(ProveEventRequest { position: event.position }).await?;
    let mut stored = check_inclusion(&proof).map_err(|why| NotProven(format!("position {}: {why}", event.position)))?;
    // These are columns, and not in the event as it is stored.
    stored.event.stream = stored.stream;
    stored.event.version = i64::try_from(stored.version).unwrap_or(-1);
    stored.event.position = event.position;
    // People are pseudonyms in the ledger: lists have their names, for as long as the server knows them.
    let names = Event { actor: event.actor.clone(), proof: event.proof.clone(), ..stored.event.clone() };
    if stored.event.actor.starts_with("user:~") {
        stored.event = names;
    }
    let is_of_chain = proof.seal.is_some_and(|of_proof| of_proof.hash == seal.hash) && proof.leaf_index == place;
    if !is_of_chain || stored.event != *event {
        return Err(NotProven(format!("the event at {} is not as the server lists it", event.position)).into());
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
