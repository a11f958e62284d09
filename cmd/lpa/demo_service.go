package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// serviceShape says how large the demo's service is and how it behaves.
type serviceShape struct {
	name        string
	replicas    int           // at the start, all of them ready
	workers     int           // per replica
	serviceTime time.Duration // on average; each request takes up to a quarter more or less
	startUp     time.Duration // from the start of a replica until it is ready
	grace       time.Duration // from the removal of a replica until its last connections are cut
	seed        uint64
}

// demoService is a deployment and its service in one: replicas behind a balancer that, like kube-proxy, picks a ready replica at
// random for each connection, not for each request. Nothing is copied between connections: the balancer hands them over.
type demoService struct {
	shape    serviceShape
	listener net.Listener
	ended    sync.WaitGroup

	mu         sync.Mutex
	random     *rand.Rand
	replicas   []*replica // oldest first
	ready      map[*replica]bool
	leaving    map[*replica]bool
	started    int // replicas, since the beginning
	generation int64
	closed     bool
}

// startService listens on a free port of the loopback interface.
func startService(shape serviceShape) (*demoService, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the demo's service: %w", err)
	}
	s := &demoService{
		shape:      shape,
		listener:   listener,
		random:     rand.New(rand.NewPCG(shape.seed, 0)),
		ready:      map[*replica]bool{},
		leaving:    map[*replica]bool{},
		generation: 1,
	}
	for range shape.replicas {
		s.ready[s.addReplica()] = true
	}
	s.ended.Go(s.balance)
	return s, nil
}

func (s *demoService) url() string { return "http://" + s.listener.Addr().String() }

// balance hands each new connection to a replica, and refuses it while none is ready.
func (s *demoService) balance() {
	for {
		connection, err := s.listener.Accept()
		if err != nil {
			return
		}
		if chosen := s.pick(); chosen != nil {
			chosen.connections.hand(connection)
		} else {
			_ = connection.Close()
		}
	}
}

func (s *demoService) pick() *replica {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ready []*replica
	for _, r := range s.replicas {
		if s.ready[r] {
			ready = append(ready, r)
		}
	}
	if len(ready) == 0 {
		return nil
	}
	return ready[s.random.IntN(len(ready))]
}

// scale starts or removes replicas, the youngest first, as a change of spec.replicas does.
func (s *demoService) scale(replicas int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if replicas == len(s.replicas) || s.closed {
		return
	}
	s.generation++
	for len(s.replicas) < replicas {
		added := s.addReplica()
		time.AfterFunc(s.shape.startUp, func() { s.becomeReady(added) })
	}
	for len(s.replicas) > replicas {
		s.removeReplica()
	}
}

// addReplica is called with the lock held, or before anybody else knows the service.
func (s *demoService) addReplica() *replica {
	s.started++
	added := newReplica(s.started, s.shape.workers, s.serviceTime, s.listener.Addr())
	s.replicas = append(s.replicas, added)
	s.ended.Go(added.serve)
	return added
}

func (s *demoService) becomeReady(added *replica) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.leaving[added] && !s.closed {
		s.ready[added] = true
	}
}

// removeReplica is called with the lock held.
func (s *demoService) removeReplica() {
	last := len(s.replicas) - 1
	removed := s.replicas[last]
	s.replicas = s.replicas[:last]
	delete(s.ready, removed)
	s.leaving[removed] = true
	removed.leave()
	time.AfterFunc(s.shape.grace, removed.close)
}

func (s *demoService) serviceTime() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration((0.75 + 0.5*s.random.Float64()) * float64(s.shape.serviceTime))
}

// counts are the replicas that are asked for and those that are ready.
func (s *demoService) counts() (replicas, ready int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.replicas), len(s.ready)
}

// deployment describes the service as the framework's stdin does. Its controller is never behind.
func (s *demoService) deployment() *unstructured.Unstructured {
	s.mu.Lock()
	defer s.mu.Unlock()
	labels := map[string]any{"app": s.shape.name}
	replicas, ready := int64(len(s.replicas)), int64(len(s.ready))
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata": map[string]any{
			"name": s.shape.name, "namespace": "default", "generation": s.generation, "labels": labels,
		},
		"spec": map[string]any{
			"replicas": replicas,
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": s.shape.name, "image": s.shape.name}}},
			},
		},
		"status": map[string]any{
			"observedGeneration": s.generation,
			"replicas":           replicas,
			"updatedReplicas":    replicas,
			"readyReplicas":      ready,
			"availableReplicas":  ready,
		},
	}}
}

// close cuts all connections and returns when nothing listens any more.
func (s *demoService) close() {
	s.mu.Lock()
	s.closed = true
	all := append([]*replica(nil), s.replicas...)
	for r := range s.leaving {
		all = append(all, r)
	}
	s.mu.Unlock()
	_ = s.listener.Close()
	for _, r := range all {
		r.close()
	}
	s.ended.Wait()
}
