/** Fork checks in a JUnit test. */
package org.forkwitness.junit;
