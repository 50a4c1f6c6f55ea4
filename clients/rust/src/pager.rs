//! The items of a list method as a stream: pages are requested one at a time, as the reader gets there.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{self, Stream, StreamExt};

use crate::Error;

type Pages<T> = Pin<Box<dyn Stream<Item = Result<Vec<T>, Error>> + Send>>;

/// The items of a list method, over all its pages.
pub struct Pager<T> {
    pages: Pages<T>,
    ready: VecDeque<T>,
}

impl<T: Send + 'static> Pager<T> {
    /// Of any method: `page` requests the page of a token, and answers with its items and the next token, empty after the
    /// last page.
    pub fn new<F, P>(page: F) -> Self
    where
        F: Fn(String) -> P + Send + 'static,
        P: Future<Output = Result<(Vec<T>, String), Error>> + Send,
    {
        let pages = stream::unfold((Some(String::new()), page), |(token, page)| async move {
            match page(token?).await {
                Ok((items, next)) => Some((Ok(items), ((!next.is_empty()).then_some(next), page))),
                Err(error) => Some((Err(error), (None, page))),
            }
        });
        Self { pages: Box::pin(pages), ready: VecDeque::new() }
    }

    /// One that ends at once, with this error.
    pub(crate) fn refused(error: Error) -> Self {
        Self { pages: Box::pin(stream::once(async { Err(error) })), ready: VecDeque::new() }
    }

    /// The next item; None after the last. After an error there are no more.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        StreamExt::next(self).await
    }

    /// All items that are left, or the first error.
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item?);
        }
        Ok(items)
    }
}

impl<T> Unpin for Pager<T> {}

impl<T> fmt::Debug for Pager<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Pager").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}

impl<T> Stream for Pager<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match std::task::ready!(self.pages.as_mut().poll_next(context)) {
                Some(Ok(items)) => self.ready.extend(items),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn items_come_over_pages_and_empty_pages_and_no_page_is_requested_too_early() {
        let requested = Arc::new(AtomicUsize::new(0));
        let counted = requested.clone();
        let mut pager = Pager::new(move |token| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                Ok(match token.as_str() {
                    "" => (vec![1, 2], "a".to_owned()),
                    "a" => (vec![], "b".to_owned()),
                    "b" => (vec![3], String::new()),
                    other => panic!("{other}"),
                })
            }
        });
        assert_eq!(pager.next().await.unwrap().unwrap(), 1);
        assert_eq!(requested.load(Ordering::Relaxed), 1);
        assert_eq!(pager.all().await.unwrap(), [2, 3]);
        assert_eq!(requested.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn an_error_ends_it() {
        let mut pager = Pager::<u8>::new(|_| async { Err(Error::InvalidName("x".to_owned())) });
        assert!(pager.next().await.unwrap().is_err());
        assert!(pager.next().await.is_none());
        assert!(Pager::<u8>::refused(Error::InvalidName("x".to_owned())).all().await.is_err());
    }
}
