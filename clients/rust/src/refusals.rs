//! Why there is no connection, in words: what TLS says, and what to do.

/// What a text about a connection means, of a client that speaks TLS, or of one that does not.
struct Sentence {
    texts: &'static [&'static str],
    secure: bool,
    meaning: &'static str,
}

/// Of a connection that ended without a word.
const ENDED: &[&str] = &[
    "stream closed because of a broken pipe",
    "Broken pipe",
    "Connection reset",
    "connection closed",
    "channel closed",
];

/// The first that fits.
const SENTENCES: &[Sentence] = &[
    Sentence {
        texts: &["InvalidContentType", "InvalidMessage"],
        secure: true,
        meaning: "the server speaks plain text: connect without TLS, or to its TLS address",
    },
    Sentence {
        texts: &["certificate expired", "Expired"],
        secure: true,
        meaning: "the certificate of the server has expired: have it renewed",
    },
    Sentence {
        texts: &["not valid for name", "NotValidForName"],
        secure: true,
        meaning: "the certificate of the server is for another name: use a name that is in it, or `Tls::server_name`",
    },
    Sentence {
        texts: &["UnknownIssuer", "BadSignature", "unknown issuer"],
        secure: true,
        meaning: "the server has a certificate of an authority that is not trusted here: give that by `Tls::authority`",
    },
    Sentence {
        texts: &["CertificateRequired", "UnknownCA", "BadCertificate", "DecryptError", "AccessDenied"],
        secure: true,
        meaning: "the server ended the TLS handshake: it takes client certificates alone, of its own authority",
    },
    Sentence {
        texts: &["FRAME_SIZE_ERROR", "frame with invalid size"],
        secure: false,
        meaning: "the server took no plain text: where it speaks TLS, give its authority by `Tls::authority`",
    },
    // So a server ends that refuses us, if its end comes before its reason is read; and so ends one that is killed.
    Sentence {
        texts: ENDED,
        secure: true,
        meaning: "the server ended the connection: it is gone, or takes client certificates alone, of its own authority",
    },
    Sentence {
        texts: ENDED,
        secure: false,
        meaning: "the server ended the connection: it is gone, or took no plain text, and needs `Tls::authority`",
    },
];

/// What to do, where it is known why there is no connection.
pub(crate) fn explained(text: &str, secure: bool) -> Option<&'static str> {
    let fitting = |each: &&Sentence| each.secure == secure && each.texts.iter().any(|part| text.contains(part));
    SENTENCES.iter().find(fitting).map(|each| each.meaning)
}

#[cfg(test)]
mod tests {
    use super::explained;

    #[test]
    fn a_connection_that_ended_without_a_word_is_explained() {
        for text in ["transport error: operation was canceled: connection closed", "Connection reset by peer"] {
            let plain = explained(text, false).expect("explained");
            assert!(plain.contains("took no plain text"), "{plain}");
            let secure = explained(text, true).expect("explained");
            assert!(secure.contains("client certificates"), "{secure}");
        }
    }
}
