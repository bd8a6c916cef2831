package dev.coffer.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dapr.client.DaprClient;
import io.dapr.client.DaprClientBuilder;
import io.dapr.exceptions.DaprException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Answers the questions on standard input (a JSON list) through the Dapr SDK, which takes address and token from the environment. */
public final class Questions {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  public static void main(String[] args) throws Exception {
    var json = new ObjectMapper();
    List<Object> answers = new ArrayList<>();
    try (DaprClient dapr = new DaprClientBuilder().build()) {
      for (JsonNode question : json.readTree(System.in)) {
        answers.add(attempt(dapr, question));
      }
    }
    json.writeValue(System.out, answers);
  }

  private static Map<String, Object> attempt(DaprClient dapr, JsonNode question) {
    try {
      return Map.of("value", ask(dapr, question));
    } catch (DaprException error) {
      return Map.of("error", Map.of("code", error.getErrorCode(), "message", error.getMessage()));
    }
  }

  private static Object ask(DaprClient dapr, JsonNode question) {
    String store = question.path("store").asText();
    return switch (question.path("operation").asText()) {
      case "get" -> dapr.getSecret(store, question.path("key").asText()).block(LIMIT);
      case "bulk" -> dapr.getBulkSecret(store).block(LIMIT);
      case "metadata" -> {
        var metadata = dapr.getMetadata().block(LIMIT);
        var components = metadata.getComponents().stream().map(component -> component.getName()).sorted().toList();
        yield Map.of("id", metadata.getId(), "components", components);
      }
      default -> throw new IllegalArgumentException("unknown operation: " + question);
    };
  }
}
