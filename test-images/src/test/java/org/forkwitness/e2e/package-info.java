/** End-to-end tests: what the report says of real forks in real JVMs. */
package org.forkwitness.e2e;
