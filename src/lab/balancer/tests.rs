//! Facts about the balancer.
