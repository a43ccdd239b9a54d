package org.forkwitness.stream;

import java.math.BigInteger;
import java.util.Arrays;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.cbor.CBORFactory;

/** Decodes one whole frame, whose end the {@link FrameScanner} found, to the values of its keys. For one thread. */
final class FrameDecoder {
    private static final int MAX_UNSIGNED_BITS = 64;

    private final CBORFactory factory = new CBORFactory();

    Frame decode(byte[] buffer, int start, int length) throws DamagedFrameException {
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), buffer, start, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new DamagedFrameException("no map");
            }
            Frame frame = new Frame();
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                Key key = key(name);
                parser.nextToken();
                if (key == null) {
                    parser.skipChildren();
                } else {
                    frame.put(key, value(parser, key.kind()));
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT) {
                throw new DamagedFrameException("no end of the map");
            }
            return frame;
        } catch (JacksonException e) {
            throw new DamagedFrameException(e);
        } catch (IllegalStateException | IndexOutOfBoundsException | NumberFormatException e) {
            // The bytes come from a pipe that anybody may have damaged: whatever the parser makes of them is damage.
            throw new DamagedFrameException(e);
        }
    }

    /** The key of a map's integer key, which the parser gives as its decimal text; null where unknown. */
    private static Key key(String name) {
        long number = 0;
        if (name.isEmpty() || name.length() > 9) {
            return null;
        }
        for (int i = 0; i < name.length(); i++) {
            int digit = name.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return null;
            }
            number = number * 10 + digit;
        }
        return Key.of(number);
    }

    private static Object value(JsonParser parser, Key.Kind kind) throws DamagedFrameException {
        JsonToken token = parser.currentToken();
        switch (kind) {
            case UINT:
                require(token == JsonToken.VALUE_NUMBER_INT, kind);
                return unsigned(parser);
            case INT:
                require(token == JsonToken.VALUE_NUMBER_INT, kind);
                return signed(parser);
            case BOOL:
                require(token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE, kind);
                return token == JsonToken.VALUE_TRUE;
            case TEXT:
                require(token == JsonToken.VALUE_STRING, kind);
                return parser.getString();
            case BYTES:
                require(token == JsonToken.VALUE_EMBEDDED_OBJECT, kind);
                return parser.getBinaryValue();
            default:
                require(token == JsonToken.START_ARRAY, kind);
                return numbers(parser);
        }
    }

    private static void require(boolean condition, Key.Kind kind) throws DamagedFrameException {
        if (!condition) {
            throw new DamagedFrameException("no " + kind);
        }
    }

    private static Long unsigned(JsonParser parser) throws DamagedFrameException {
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            BigInteger value = parser.getBigIntegerValue();
            require(value.signum() >= 0 && value.bitLength() <= MAX_UNSIGNED_BITS, Key.Kind.UINT);
            return value.longValue();
        }
        long value = parser.getLongValue();
        require(value >= 0, Key.Kind.UINT);
        return value;
    }

    private static Long signed(JsonParser parser) throws DamagedFrameException {
        require(parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER, Key.Kind.INT);
        return parser.getLongValue();
    }

    /** Integers of either sign; addresses of the upper half keep their bits. */
    private static long[] numbers(JsonParser parser) throws DamagedFrameException {
        long[] numbers = new long[16];
        int count = 0;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            require(token == JsonToken.VALUE_NUMBER_INT, Key.Kind.INTS);
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, count * 2);
            }
            boolean big = parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER;
            numbers[count++] = big ? unsigned(parser) : parser.getLongValue();
        }
        return Arrays.copyOf(numbers, count);
    }
}
