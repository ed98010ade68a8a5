import CYAML

/// A piece of a YAML file, and where it stands.
struct YAMLNode {
  indirect enum Content {
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([(key: YAMLNode, value: YAMLNode)])
  }

  struct Failure: Error {
    let line: Int
    let words: String
  }

  let content: Content
  /// From 1.
  let line: Int

  var text: String? {
    guard case .scalar(let text, _) = content else { return nil }
    return text
  }

  /// What is not in quotes, and `true` or `false`.
  var bool: Bool? {
    guard case .scalar(let text, isPlain: true) = content else { return nil }
    return Bool(text)
  }

  /// Reads a document; nil where there is none.
  static func read(_ text: String) throws(Failure) -> YAMLNode? {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else {
      throw Failure(line: 1, words: "there is no memory to read it in")
    }
    defer { yaml_parser_delete(&parser) }
    var document = yaml_document_t()
    let bytes = Array(text.utf8)
    let isRead = bytes.withUnsafeBufferPointer { input in
      yaml_parser_set_input_string(&parser, input.baseAddress, input.count)
      return yaml_parser_load(&parser, &document) == 1
    }
    guard isRead else {
      let words = parser.problem.map { String(cString: $0) } ?? "nothing more is known"
      throw Failure(line: parser.problem_mark.line + 1, words: words)
    }
    defer { yaml_document_delete(&document) }
    guard yaml_document_get_root_node(&document) != nil else { return nil }
    var tree = Tree(document: document)
    return try tree.node(1, depth: 0)
  }

  /// Follows a document's numbers to its nodes. An anchor may stand in many places, so the copies are counted.
  private struct Tree {
    var document: yaml_document_t
    var count = 0

    static let limit = 100_000
    static let deepest = 64

    mutating func node(_ number: Int32, depth: Int) throws(Failure) -> YAMLNode {
      guard let found = yaml_document_get_node(&document, number)?.pointee else {
        throw Failure(line: 1, words: "it names a node that it does not have")
      }
      let line = found.start_mark.line + 1
      count += 1
      guard count <= Tree.limit else { throw Failure(line: line, words: "it has more than \(Tree.limit) nodes") }
      guard depth <= Tree.deepest else { throw Failure(line: line, words: "it is deeper than \(Tree.deepest) nodes") }
      switch found.type {
      case YAML_SEQUENCE_NODE:
        let items = found.data.sequence.items
        var nodes: [YAMLNode] = []
        for item in UnsafeBufferPointer(from: items.start, to: items.top) {
          nodes.append(try node(item, depth: depth + 1))
        }
        return YAMLNode(content: .sequence(nodes), line: line)
      case YAML_MAPPING_NODE:
        let pairs = found.data.mapping.pairs
        var fields: [(YAMLNode, YAMLNode)] = []
        for pair in UnsafeBufferPointer(from: pairs.start, to: pairs.top) {
          fields.append((try node(pair.key, depth: depth + 1), try node(pair.value, depth: depth + 1)))
        }
        return YAMLNode(content: .mapping(fields), line: line)
      default:
        let scalar = found.data.scalar
        let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        return YAMLNode(content: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), line: line)
      }
    }
  }
}

extension UnsafeBufferPointer {
  fileprivate init(from start: UnsafeMutablePointer<Element>?, to end: UnsafeMutablePointer<Element>?) {
    guard let start, let end else {
      self.init(start: nil, count: 0)
      return
    }
    self.init(start: start, count: end - start)
  }
}
