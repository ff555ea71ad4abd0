// EnvironmentKit
