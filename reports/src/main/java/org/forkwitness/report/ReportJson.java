package org.forkwitness.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * The one set-up of Jackson for reports: fields in the order of the record components, times in ISO 8601, UTC, with
 * milliseconds, other fractions to three digits; fields that this version does not know are skipped when reading.
 */
public final class ReportJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .addModule(new SimpleModule("forkwitness")
                    .addSerializer(Instant.class, new MillisecondsSerializer())
                    .addSerializer(Double.class, new ThreeDigitsSerializer()))
            .defaultPrettyPrinter(new DefaultPrettyPrinter(
                    Separators.createDefaultInstance().withObjectNameValueSpacing(Separators.Spacing.AFTER)))
            .build();

    private ReportJson() {}

    /** The mapper; it is immutable and safe for use by many threads. */
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /** Always three digits after the point, so that times sort as texts. */
    private static final class MillisecondsSerializer extends StdSerializer<Instant> {
        private static final DateTimeFormatter FORMAT =
                DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

        MillisecondsSerializer() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant value, JsonGenerator generator, SerializationContext context) {
            generator.writeString(FORMAT.format(value));
        }
    }

    /** Milliseconds to the microsecond: the clocks behind them are no better. */
    private static final class ThreeDigitsSerializer extends StdSerializer<Double> {
        ThreeDigitsSerializer() {
            super(Double.class);
        }

        @Override
        public void serialize(Double value, JsonGenerator generator, SerializationContext context) {
            BigDecimal rounded =
                    BigDecimal.valueOf(value).setScale(3, RoundingMode.HALF_UP).stripTrailingZeros();
            // A negative scale would be written with an exponent.
            generator.writeNumber(rounded.scale() < 0 ? rounded.setScale(0) : rounded);
        }
    }
}
