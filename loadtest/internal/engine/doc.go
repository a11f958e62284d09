// Package engine sends HTTP requests and stamps them: when each was written, when the first and the last byte of the answer
// came. It knows nothing of scripts, users or statistics.
//
// Users are fibers: each is written as if it had a thread of its own, and waits by calling methods of its Fiber. On Linux
// all the fibers of a Loop are coroutines of one goroutine, which waits for their sockets and timers with a single
// epoll_wait, as wrk and nginx do. So a byte that arrives is read, stamped and answered by the thread that epoll woke, with
// no other thread or scheduler in between: what is left between the service and the stamp is the kernel. Elsewhere a fiber
// is an ordinary goroutine.
package engine
