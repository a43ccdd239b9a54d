/**
 * The agent in containers, as in production: JVMs under limits, beside side-cars, stopped and killed. bin/test runs these
 * tests; {@code bin/lib/with-containers mvn ...} runs some of them.
 */
package org.forkwitness.containers;
