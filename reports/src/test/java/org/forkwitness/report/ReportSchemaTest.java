package org.forkwitness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The model and the schema say the same. */
class ReportSchemaTest {
    private final Set<String> visited = new HashSet<>();
    private final Set<String> unused = new TreeSet<>();

    @Test
    void everyRecordIsAnObjectOfTheSchemaWithTheSameFields() {
        compare(Report.class, ReportSchema.document());
        Set<String> objects = new TreeSet<>();
        ReportSchema.document().get("$defs").properties().stream()
                .filter(e -> e.getValue().has("properties"))
                .forEach(e -> objects.add(e.getKey()));
        objects.removeAll(visited);
        assertEquals(Set.of(), objects, "objects of the schema without a record");
    }

    @Test
    void theSampleUsesEveryField() {
        unused.addAll(allFields(ReportSchema.document(), "report"));
        JsonNode sample = ReportJson.mapper().readTree(Samples.text("every-field.json"));
        cross(sample, ReportSchema.document(), "report");
        assertEquals(Set.of(), unused, "fields that are nowhere other than null");
    }

    @Test
    void theSampleIsValid() {
        ReportSchema.validate(Samples.text("every-field.json"));
    }

    @Test
    void whatTheModelWritesIsValidAndTheSame() {
        String json = ReportJson.mapper().writeValueAsString(Samples.everyField());
        ReportSchema.validate(json);
        Samples.expect("every-field.json", json + "\n");
    }

    @Test
    void errorsAreFound() {
        String sample = Samples.text("every-field.json");
        assertThrows(AssertionError.class, () -> ReportSchema.validate(sample.replace("\"0x7f3a", "\"7f3a")));
        assertThrows(
                AssertionError.class, () -> ReportSchema.validate(sample.replace("\"posix_spawn\",", "\"spawn\",")));
        assertThrows(AssertionError.class, () -> ReportSchema.validate(sample.replace(":00.001Z", ":00Z")));
        assertThrows(AssertionError.class, () -> ReportSchema.validate(sample.replace("\"notes\"", "\"note\"")));
        assertThrows(
                AssertionError.class,
                () -> ReportSchema.validate(sample.replace("\"method\": \"poll\"", "\"function\": \"poll\"")));
    }

    @Test
    void fieldsThatAreNotKnownAreAllowed() {
        ObjectNode report = (ObjectNode) ReportJson.mapper().readTree(Samples.text("every-field.json"));
        report.put("added", 1);
        ((ObjectNode) report.get("process")).put("added", 1);
        assertEquals(List.of(), ReportSchema.errors(report));
    }

    private void compare(Class<?> type, JsonNode schema) {
        Set<String> fields = new LinkedHashSet<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String name = fieldName(component);
            fields.add(name);
            JsonNode property = schema.get("properties").path(name);
            assertTrue(
                    property.path("description").isString(), type.getSimpleName() + "." + name + " is not described");
            component(type.getSimpleName() + "." + name, component.getGenericType(), property);
        }
        assertEquals(fields, schema.get("properties").propertyNames(), type.getSimpleName());
        if (type != Frame.class) {
            Set<String> required = new TreeSet<>();
            schema.get("required").forEach(r -> required.add(r.stringValue()));
            assertEquals(new TreeSet<>(fields), required, type.getSimpleName() + ", required");
        }
    }

    private void component(String where, Type type, JsonNode property) {
        JsonNode schema = notNull(property);
        if (type instanceof ParameterizedType list) {
            assertEquals("array", typeOf(schema), where);
            component(where, list.getActualTypeArguments()[0], schema.get("items"));
        } else if (type instanceof Class<?> c && c.isRecord()) {
            String definition = schema.get("$ref").stringValue().substring("#/$defs/".length());
            if (visited.add(definition)) {
                compare(c, resolve(schema));
            }
        } else if (type instanceof Class<?> c && c.isEnum()) {
            assertEquals(spellings(c), texts(resolve(schema).get("enum")), where);
        } else {
            assertEquals(jsonType((Class<?>) type), typeOf(resolve(schema)), where);
        }
    }

    private static String jsonType(Class<?> type) {
        if (type == boolean.class || type == Boolean.class) {
            return "boolean";
        }
        if (type == Double.class) {
            return "number";
        }
        return type == long.class || type == Long.class || type == int.class || type == Integer.class
                ? "integer"
                : "string";
    }

    private static String typeOf(JsonNode schema) {
        if (schema.has("const") || schema.has("enum")) {
            return "string";
        }
        JsonNode type = schema.path("type");
        return type.isArray() ? type.get(0).stringValue() : type.stringValue();
    }

    private static JsonNode notNull(JsonNode property) {
        return property.has("anyOf") ? property.get("anyOf").get(0) : property;
    }

    private static JsonNode resolve(JsonNode schema) {
        return schema.has("$ref")
                ? ReportSchema.document()
                        .get("$defs")
                        .get(schema.get("$ref").stringValue().substring("#/$defs/".length()))
                : schema;
    }

    private static Set<String> spellings(Class<?> type) {
        Set<String> spellings = new TreeSet<>();
        Arrays.stream(type.getEnumConstants())
                .forEach(c -> spellings.add(ReportJson.mapper().valueToTree(c).stringValue()));
        return spellings;
    }

    private static Set<String> texts(JsonNode array) {
        Set<String> texts = new TreeSet<>();
        array.forEach(n -> texts.add(n.stringValue()));
        return texts;
    }

    private static String fieldName(RecordComponent component) {
        JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
        return property == null ? component.getName() : property.value();
    }

    private static List<String> allFields(JsonNode schema, String name) {
        List<String> fields = new ArrayList<>();
        schema.get("properties").propertyNames().forEach(p -> fields.add(name + "." + p));
        if (schema.has("$defs")) {
            schema.get("$defs").properties().stream()
                    .filter(e -> e.getValue().has("properties"))
                    .forEach(e -> fields.addAll(allFields(e.getValue(), e.getKey())));
        }
        return fields;
    }

    /** Crosses out of {@code unused} what has a value in this part of a report. */
    private void cross(JsonNode value, JsonNode schema, String name) {
        assertFalse(schema.isMissingNode(), name);
        if (value.isArray()) {
            value.forEach(v -> cross(v, notNull(schema).get("items"), name));
            return;
        }
        JsonNode reference = notNull(schema).path("$ref");
        String definition = reference.isString() ? reference.stringValue().substring("#/$defs/".length()) : name;
        if (value.isObject()) {
            JsonNode properties = resolve(notNull(schema)).get("properties");
            value.properties().stream()
                    .filter(e -> !e.getValue().isNull()
                            && !(e.getValue().isArray() && e.getValue().isEmpty()))
                    .forEach(e -> {
                        unused.remove(definition + "." + e.getKey());
                        cross(e.getValue(), properties.path(e.getKey()), definition + "." + e.getKey());
                    });
        }
    }
}
