// Package e2e tests the whole: the image, the framework inside it and the fibonacci example, on a real cluster. It holds only tests.
//
// The cluster is the one of KUBECONFIG. The test builds nothing: E2E_IMAGE is the autoscaler's image, E2E_APP_IMAGE and E2E_SHOP_IMAGE
// those of the examples' services, all known to the cluster's nodes or to a registry that they reach. It needs kubectl and bash for the
// documented commands, works in namespaces of its own, which it deletes, and takes about ten minutes. Without KUBECONFIG or E2E_IMAGE it is
// skipped; the tests of the example's files, which need no cluster, always run.
package e2e
