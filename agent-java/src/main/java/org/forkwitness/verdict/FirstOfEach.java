package org.forkwitness.verdict;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Lets the first of those pass that have a key in common. For one use. */
final class FirstOfEach<T> implements Predicate<T> {
    private final Set<Object> seen = new HashSet<>();
    private final Function<T, Object> key;

    FirstOfEach(Function<T, Object> key) {
        this.key = key;
    }

    @Override
    public boolean test(T value) {
        return seen.add(key.apply(value));
    }
}
