package engine

import "time"

// Times are the parts of one request's time. Those of making the connection are zero if it was there already.
type Times struct {
	DNS     time.Duration // looking the name up
	Connect time.Duration // from the first SYN to the connection
	TLS     time.Duration // the handshake
	Resumed bool          // it went on with an earlier session, which saves the service most of its work
	Broken  bool          // the connection was not made, or its handshake not finished: what it took is no more than its age
	Dialled bool          // a connection was made, or could not be made, for this request
	Carried int           // requests that the connection had carried before

	// SYNRetransmits is how often the request for a connection had to be sent again, which takes 1, 3 or 7 seconds (RFC 6298
	// §2): it was lost on the way, or the service's queue of connections was full. It is known on Linux only.
	SYNRetransmits int

	Sent      time.Time     // when the request began to be written; zero if it never was
	FirstByte time.Duration // from Sent to the first byte of the answer
	LastByte  time.Duration // from Sent to the end of the answer, or to the error
}
