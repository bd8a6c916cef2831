// Two pluggable components by Dapr's own code for Go, each on a socket in the folder that
// DAPR_COMPONENT_SOCKETS_FOLDER names.
//
// secrets.sock: a secret store. The last release of the SDK does not know that kind, so it is served by the code that
// Dapr generates for the protocol, with one instance for each name in x-component-instance, as the SDK has it for others.
// memory.sock: a state store by the SDK itself, which a host of secret stores must find and leave alone.
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	sdk "github.com/dapr-sandbox/components-go-sdk"
	sdkstate "github.com/dapr-sandbox/components-go-sdk/state/v1"
	inmemory "github.com/dapr/components-contrib/state/in-memory"
	proto "github.com/dapr/dapr/pkg/proto/components/v1"
	"github.com/dapr/kit/logger"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
)

const bigBytes = 3 << 20

// instance is what Init has given to one component.
type instance struct {
	name       string
	properties map[string]string
	inits      int
}

type secretStore struct {
	proto.UnimplementedSecretStoreServer
	lock      sync.Mutex
	instances map[string]*instance
	cancelled atomic.Int32
}

func (s *secretStore) Init(ctx context.Context, request *proto.SecretStoreInitRequest) (*proto.SecretStoreInitResponse, error) {
	// The SDK reads it in the same way, so a host must always send it.
	properties := request.Metadata.Properties
	if text, ok := properties["refuse"]; ok {
		return nil, status.Error(codes.FailedPrecondition, text)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	name := instanceName(ctx)
	if s.instances[name] == nil {
		s.instances[name] = &instance{name: name}
	}
	s.instances[name].properties = properties
	s.instances[name].inits++
	return &proto.SecretStoreInitResponse{}, nil
}

func (s *secretStore) Features(context.Context, *proto.FeaturesRequest) (*proto.FeaturesResponse, error) {
	return &proto.FeaturesResponse{Features: []string{"MULTIPLE_KEY_VALUES_PER_SECRET"}}, nil
}

func (s *secretStore) Get(ctx context.Context, request *proto.GetSecretRequest) (*proto.GetSecretResponse, error) {
	own, err := s.instance(ctx)
	if err != nil {
		return nil, err
	}
	answer := func(data map[string]string) (*proto.GetSecretResponse, error) {
		return &proto.GetSecretResponse{Data: data}, nil
	}
	switch request.Key {
	case "none":
		return &proto.GetSecretResponse{}, nil
	case "missing":
		return nil, status.Error(codes.NotFound, "no secret missing: grüß \"Gott\"\n100 %")
	case "broken":
		return nil, errors.New("a plain error")
	case "properties":
		return answer(own.properties)
	case "metadata":
		return answer(request.Metadata)
	case "big":
		return answer(map[string]string{"big": strings.Repeat("x", bigBytes)})
	case "slow":
		<-ctx.Done()
		s.cancelled.Add(1)
		return nil, ctx.Err()
	case "state":
		return answer(map[string]string{
			"instance":  own.name,
			"inits":     strconv.Itoa(own.inits),
			"cancelled": strconv.Itoa(int(s.cancelled.Load())),
		})
	default:
		return answer(map[string]string{request.Key: own.properties["prefix"] + request.Key})
	}
}

func (s *secretStore) BulkGet(ctx context.Context, _ *proto.BulkGetSecretRequest) (*proto.BulkGetSecretResponse, error) {
	if _, err := s.instance(ctx); err != nil {
		return nil, err
	}
	return &proto.BulkGetSecretResponse{Data: map[string]*proto.SecretResponse{
		"one":   {Secrets: map[string]string{"user": "me", "🔑": "grüß"}},
		"empty": {},
	}}, nil
}

func (s *secretStore) Ping(context.Context, *proto.PingRequest) (*proto.PingResponse, error) {
	return &proto.PingResponse{}, nil
}

func (s *secretStore) instance(ctx context.Context) (*instance, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if own := s.instances[instanceName(ctx)]; own != nil {
		return own, nil
	}
	return nil, status.Error(codes.FailedPrecondition, "Init was not called")
}

func instanceName(ctx context.Context) string {
	values := metadata.ValueFromIncomingContext(ctx, "x-component-instance")
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func main() {
	socket := filepath.Join(os.Getenv("DAPR_COMPONENT_SOCKETS_FOLDER"), "secrets.sock")
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		log.Fatal(err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	proto.RegisterSecretStoreServer(server, &secretStore{instances: map[string]*instance{}})
	reflection.Register(server)
	go func() { log.Fatal(server.Serve(listener)) }()

	sdk.Register("memory", sdk.WithStateStore(func() sdkstate.Store {
		return inmemory.NewInMemoryStateStore(logger.NewLogger("memory"))
	}))
	sdk.MustRun()
}
