package org.forkwitness.stream;

import java.util.EnumMap;
import java.util.Map;

/** The values of one frame by key. Missing keys that a record must have damage it. */
final class Frame {
    private final Map<Key, Object> values = new EnumMap<>(Key.class);

    void put(Key key, Object value) throws DamagedFrameException {
        if (values.put(key, value) != null) {
            throw new DamagedFrameException("key " + key + " twice");
        }
    }

    private Object required(Key key) throws DamagedFrameException {
        Object value = values.get(key);
        if (value == null) {
            throw new DamagedFrameException("key " + key + " missing");
        }
        return value;
    }

    long number(Key key) throws DamagedFrameException {
        return (Long) required(key);
    }

    Long numberOrNull(Key key) {
        return (Long) values.get(key);
    }

    String text(Key key) throws DamagedFrameException {
        return (String) required(key);
    }

    String textOrNull(Key key) {
        return (String) values.get(key);
    }

    boolean flag(Key key) throws DamagedFrameException {
        return (Boolean) required(key);
    }

    boolean flagOrFalse(Key key) {
        return values.get(key) == Boolean.TRUE;
    }

    /** The flag; null where the key is missing. */
    Boolean flagOrNull(Key key) {
        return (Boolean) values.get(key);
    }

    byte[] bytes(Key key) throws DamagedFrameException {
        return (byte[]) required(key);
    }

    byte[] bytesOrNull(Key key) {
        return (byte[]) values.get(key);
    }

    /** The array, empty where the key is missing. */
    long[] numbers(Key key) {
        Object value = values.get(key);
        return value == null ? new long[0] : (long[]) value;
    }
}
