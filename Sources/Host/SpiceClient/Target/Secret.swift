import SpiceTransport

/// A password or token: a text that no description, dump or interpolation shows.
public typealias Secret = SpiceTransport.Secret
