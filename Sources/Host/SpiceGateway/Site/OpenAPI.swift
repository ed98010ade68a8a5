/// The document that describes the API.
enum OpenAPI {
  static let document = "{}"
}
