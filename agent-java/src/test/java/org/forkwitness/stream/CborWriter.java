package org.forkwitness.stream;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The CBOR that tests need (RFC 8949, 3): written apart from the library that reads it. */
final class CborWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void head(int major, long argument) {
        int initial = major << 5;
        if (argument >= 0 && argument < 24) {
            out.write(initial | (int) argument);
            return;
        }
        int bytes = Long.compareUnsigned(argument, 0xffL) <= 0
                ? 1
                : Long.compareUnsigned(argument, 0xffffL) <= 0
                        ? 2
                        : Long.compareUnsigned(argument, 0xffffffffL) <= 0 ? 4 : 8;
        out.write(initial | 24 + Integer.numberOfTrailingZeros(bytes));
        for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
            out.write((int) (argument >>> shift));
        }
    }

    void value(Object value, boolean unsigned) {
        if (value instanceof Number number) {
            long n = number.longValue();
            head(n >= 0 || unsigned ? 0 : 1, n >= 0 || unsigned ? n : ~n);
        } else if (value instanceof Boolean flag) {
            head(7, flag ? 21 : 20);
        } else if (value instanceof String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            head(3, bytes.length);
            out.writeBytes(bytes);
        } else if (value instanceof byte[] bytes) {
            head(2, bytes.length);
            out.writeBytes(bytes);
        } else if (value instanceof long[] numbers) {
            head(4, numbers.length);
            for (long number : numbers) {
                value(number, false);
            }
        } else if (value instanceof Map<?, ?> map) {
            head(5, map.size());
            map.forEach((k, v) -> {
                value(k, true);
                value(v, false);
            });
        } else {
            throw new IllegalArgumentException("no CBOR for " + value);
        }
    }

    /** A whole frame: the mark, then the map. */
    static byte[] frame(Map<Integer, Object> values) {
        CborWriter writer = new CborWriter();
        writer.head(6, 55799);
        writer.head(5, values.size());
        values.forEach((key, value) -> {
            writer.head(0, key);
            Key known = Key.of(key);
            writer.value(value, known != null && known.kind() == Key.Kind.UINT);
        });
        return writer.out.toByteArray();
    }
}
