// The part of daprd that looks for pluggable components and uses their secret stores, with nothing of the rest around it.
// The sockets are in the folder that DAPR_COMPONENTS_SOCKETS_FOLDER names. Reads a list of requests as JSON from standard
// input and writes the list of answers to standard output.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/dapr/components-contrib/metadata"
	contrib "github.com/dapr/components-contrib/secretstores"
	"github.com/dapr/dapr/pkg/components/pluggable"
	"github.com/dapr/dapr/pkg/components/secretstores"
	"github.com/dapr/kit/logger"
)

// request asks one store, which is made and initialised by the first request that names it.
type request struct {
	Store      string            `json:"store"`
	Type       string            `json:"type"`
	Properties map[string]string `json:"properties"`
	// Operation is init, features, get or bulk.
	Operation string            `json:"operation"`
	Key       string            `json:"key"`
	Metadata  map[string]string `json:"metadata"`
}

type answer struct {
	Value any    `json:"value,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	log.SetFlags(0)
	// Its loggers write to standard output.
	options := logger.DefaultOptions()
	if err := options.SetOutputLevel("error"); err != nil {
		log.Fatal(err)
	}
	if err := logger.ApplyOptionsToLoggers(&options); err != nil {
		log.Fatal(err)
	}
	var requests []request
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if err := pluggable.Discover(ctx); err != nil {
		log.Fatal(err)
	}
	stores := map[string]contrib.SecretStore{}
	answers := make([]answer, 0, len(requests))
	for _, asked := range requests {
		value, err := ask(ctx, stores, asked)
		if err != nil {
			answers = append(answers, answer{Error: err.Error()})
		} else {
			answers = append(answers, answer{Value: value})
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

func ask(ctx context.Context, stores map[string]contrib.SecretStore, asked request) (any, error) {
	store := stores[asked.Store]
	if asked.Operation == "init" {
		created, err := secretstores.DefaultRegistry.Create(asked.Type, "v1", asked.Store)
		if err != nil {
			return nil, err
		}
		base := metadata.Base{Name: asked.Store, Properties: asked.Properties}
		if err := created.Init(ctx, contrib.Metadata{Base: base}); err != nil {
			return nil, err
		}
		stores[asked.Store] = created
		return "initialised", nil
	}
	switch asked.Operation {
	case "features":
		return store.Features(), nil
	case "get":
		response, err := store.GetSecret(ctx, contrib.GetSecretRequest{Name: asked.Key, Metadata: asked.Metadata})
		return response.Data, err
	default:
		response, err := store.BulkGetSecret(ctx, contrib.BulkGetSecretRequest{Metadata: asked.Metadata})
		return response.Data, err
	}
}
