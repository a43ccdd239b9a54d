package org.forkwitness.verdict;

import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fills a rule's sentence. Stateless. */
final class Sentence {
    private static final Pattern NAME = Pattern.compile("\\{(\\w+)}");

    private Sentence() {}

    /** The sentence with each name in braces replaced by what {@code values} gives for it. */
    static String of(String sentence, UnaryOperator<String> values) {
        return NAME.matcher(sentence).replaceAll(match -> Matcher.quoteReplacement(values.apply(match.group(1))));
    }
}
