/// The document that describes the API, as `Documentation/gateway-api.json` has it.
package enum OpenAPI {
  package static let document = """
    {
      "openapi": "3.1.0",
      "info": {
        "title": "saffron gateway",
        "version": "1",
        "license": {
          "name": "Apache-2.0",
          "identifier": "Apache-2.0"
        },
        "description": "Tokens that open one session each at a SPICE server, in a browser. A token is handed to a person as the address `page` of the gateway, or to an element <saffron-console> as its `src`. What it leads to stays at the gateway."
      },
      "servers": [
        {
          "url": "/api/v1"
        }
      ],
      "security": [
        {
          "key": []
        }
      ],
      "paths": {
        "/tokens": {
          "post": {
            "operationId": "createToken",
            "summary": "Create a token",
            "requestBody": {
              "required": true,
              "content": {
                "application/json": {
                  "schema": {
                    "$ref": "#/components/schemas/Order"
                  }
                }
              }
            },
            "responses": {
              "201": {
                "description": "The token. It is told this once.",
                "content": {
                  "application/json": {
                    "schema": {
                      "$ref": "#/components/schemas/Token"
                    }
                  }
                }
              },
              "400": {
                "$ref": "#/components/responses/BadRequest"
              },
              "401": {
                "$ref": "#/components/responses/Unauthorized"
              },
              "422": {
                "$ref": "#/components/responses/Unusable"
              },
              "429": {
                "$ref": "#/components/responses/TooMany"
              },
              "503": {
                "$ref": "#/components/responses/Full"
              }
            }
          },
          "get": {
            "operationId": "listTokens",
            "summary": "List the tokens, oldest first",
            "description": "What has expired, is over or was taken back is listed for ten minutes behind its expiry.",
            "responses": {
              "200": {
                "description": "The tokens.",
                "content": {
                  "application/json": {
                    "schema": {
                      "type": "object",
                      "required": [
                        "tokens"
                      ],
                      "properties": {
                        "tokens": {
                          "type": "array",
                          "items": {
                            "$ref": "#/components/schemas/Listed"
                          }
                        }
                      }
                    }
                  }
                }
              },
              "401": {
                "$ref": "#/components/responses/Unauthorized"
              },
              "429": {
                "$ref": "#/components/responses/TooMany"
              }
            }
          }
        },
        "/tokens/{id}": {
          "delete": {
            "operationId": "revokeToken",
            "summary": "Take a token back, and end its session",
            "parameters": [
              {
                "name": "id",
                "in": "path",
                "required": true,
                "schema": {
                  "type": "string"
                },
                "description": "The token's `id`, not the token."
              }
            ],
            "responses": {
              "204": {
                "description": "It is taken back."
              },
              "401": {
                "$ref": "#/components/responses/Unauthorized"
              },
              "404": {
                "$ref": "#/components/responses/NotFound"
              },
              "429": {
                "$ref": "#/components/responses/TooMany"
              }
            }
          }
        }
      },
      "components": {
        "securitySchemes": {
          "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "The first line of the file of --api-key-file."
          }
        },
        "schemas": {
          "Order": {
            "type": "object",
            "description": "Exactly one of console, uri and vv says where the token leads.",
            "oneOf": [
              {
                "required": [
                  "console"
                ]
              },
              {
                "required": [
                  "uri"
                ]
              },
              {
                "required": [
                  "vv"
                ]
              }
            ],
            "properties": {
              "console": {
                "type": "string",
                "description": "A console of the gateway's configuration, listed or not."
              },
              "uri": {
                "type": "string",
                "description": "spice://, spice+tls://, spice+unix://, ws:// or wss://.",
                "examples": [
                  "spice+tls://host:5901"
                ]
              },
              "vv": {
                "type": "string",
                "description": "The text of a .vv file, as Proxmox and oVirt hand out."
              },
              "password": {
                "type": "string",
                "description": "The server's, instead of the one that the place names."
              },
              "lifetime": {
                "type": "integer",
                "minimum": 1,
                "maximum": 86400,
                "default": 300,
                "description": "Seconds within which the session has to be opened. It may last longer."
              },
              "label": {
                "type": "string",
                "maxLength": 100,
                "description": "Whose it is, for lists and the log."
              }
            }
          },
          "Token": {
            "type": "object",
            "required": [
              "id",
              "token",
              "page",
              "src",
              "expires"
            ],
            "properties": {
              "id": {
                "type": "string",
                "description": "By which it is listed and taken back."
              },
              "token": {
                "type": "string"
              },
              "page": {
                "type": "string",
                "description": "Path of the gateway's page with it."
              },
              "src": {
                "type": "string",
                "description": "Path of the WebSocket."
              },
              "expires": {
                "type": "string",
                "format": "date-time"
              }
            }
          },
          "Listed": {
            "type": "object",
            "required": [
              "id",
              "label",
              "state",
              "issued",
              "expires"
            ],
            "properties": {
              "id": {
                "type": "string"
              },
              "label": {
                "type": "string"
              },
              "state": {
                "enum": [
                  "fresh",
                  "opening",
                  "open",
                  "over",
                  "revoked",
                  "expired"
                ]
              },
              "issued": {
                "type": "string",
                "format": "date-time"
              },
              "expires": {
                "type": "string",
                "format": "date-time"
              },
              "session": {
                "$ref": "#/components/schemas/Session"
              }
            }
          },
          "Session": {
            "type": "object",
            "required": [
              "peer",
              "began",
              "channels",
              "bytesUp",
              "bytesDown"
            ],
            "properties": {
              "peer": {
                "type": "string"
              },
              "began": {
                "type": "string",
                "format": "date-time"
              },
              "channels": {
                "type": "integer",
                "description": "How many it has had."
              },
              "bytesUp": {
                "type": "integer",
                "description": "From the browser to the server."
              },
              "bytesDown": {
                "type": "integer"
              }
            }
          },
          "Problem": {
            "type": "object",
            "required": [
              "error"
            ],
            "properties": {
              "error": {
                "type": "string",
                "description": "A sentence."
              }
            }
          }
        },
        "responses": {
          "BadRequest": {
            "description": "The body is no such JSON.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Problem"
                }
              }
            }
          },
          "Unauthorized": {
            "description": "The key is missing or wrong.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Problem"
                }
              }
            }
          },
          "NotFound": {
            "description": "There is no such token.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Problem"
                }
              }
            }
          },
          "Unusable": {
            "description": "Where it is to lead, or its lifetime, cannot be used.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Problem"
                }
              }
            }
          },
          "TooMany": {
            "description": "Too many wrong keys or requests.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Problem"
                }
              }
            }
          },
          "Full": {
            "description": "The gateway keeps as many tokens as it may.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Problem"
                }
              }
            }
          }
        }
      }
    }

    """
}
