package chronovisor

import (
	"regexp"

	"google.golang.org/grpc/codes"
)

// sentence is what a text about a connection means, and what to do. It is looked for in their order.
type sentence struct {
	text *regexp.Regexp
	// Of a client that speaks TLS, or of one that does not.
	tls     bool
	meaning string
}

// ended is what gRPC says of a server that ends a connection before it speaks HTTP/2. Which of its texts it is depends on
// what comes first, its own write of the preface or the end of the connection.
const ended = "error reading server preface|failed to write (client preface|initial settings)|" +
	"^write .*(broken pipe|connection reset)"

var sentences = []sentence{
	{regexp.MustCompile("first record does not look like a TLS handshake"), true,
		"the server speaks plain text: connect without TLS, or to its TLS address"},
	{regexp.MustCompile("certificate has expired"), true,
		"the certificate of the server has expired, or its clock is wrong: have it renewed"},
	{regexp.MustCompile("certificate is valid for|doesn't contain any IP SANs|not valid for any names"), true,
		"the certificate of the server is for another name: use a name that is in it, or WithServerName"},
	{regexp.MustCompile("certificate signed by unknown authority"), true,
		"the server has a certificate of an authority that is not trusted here: give that WithCAFile"},
	{regexp.MustCompile("certificate required|unknown certificate authority|bad certificate|" + ended), true,
		"the server ended the TLS handshake: it takes client certificates alone, of its own authority"},
	{regexp.MustCompile(ended), false,
		"the server took no plain text: where it speaks TLS, give its authority WithCAFile"},
}

// explained is the error, whose message says what to do where it is known why there is no connection.
func (s *sender) explained(e *Error) *Error {
	if e.Code != codes.Unavailable || e.Reason != ReasonUnreachable {
		return e
	}
	for _, each := range sentences {
		if each.tls == s.secure && each.text.MatchString(e.Message) {
			e.Message = each.meaning
			break
		}
	}
	return e
}
