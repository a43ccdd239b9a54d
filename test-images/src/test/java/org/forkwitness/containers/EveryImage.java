package org.forkwitness.containers;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs a test class once for each image; it has a field {@code @Parameter Image image}. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@InContainers
@ParameterizedClass(name = "{0}")
@MethodSource("org.forkwitness.containers.Image#all")
@interface EveryImage {}
